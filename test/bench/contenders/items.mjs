// The one route that every contender on Nest serves: GET /items/:id.
import 'reflect-metadata';
import { Controller, Get, Param } from '@nestjs/common';

export class ItemsController {
  get(id) {
    return { id, name: 'egg', price: 42 };
  }
}
Param('id')(ItemsController.prototype, 'get', 0);
Get(':id')(ItemsController.prototype, 'get', Object.getOwnPropertyDescriptor(ItemsController.prototype, 'get'));
Reflect.defineMetadata('design:paramtypes', [String], ItemsController.prototype, 'get');
Controller('items')(ItemsController);
