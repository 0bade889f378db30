import { StandardSchemaValidationPipe } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/internal';
import type { ModulesContainer } from '@nestjs/core';

/** What `@Body({ schema })` and its like leave about a parameter. */
interface ParameterMetadata {
  schema?: unknown;
  pipes: unknown[];
}

const validation = new StandardSchemaValidationPipe();

/**
 * Lets parameters that have a schema be validated by it, in controllers and gateways, before their own pipes. Not by a
 * global pipe, which Nest would run for every other parameter of every request too.
 */
export function validateBySchema(modules: ModulesContainer): void {
  for (const { controllers, providers } of modules.values()) {
    for (const { metatype } of [...controllers.values(), ...providers.values()]) {
      if (typeof metatype === 'function' && metatype.prototype) addTo(metatype as new () => object);
    }
  }
}

function addTo(type: new () => object): void {
  for (const parameter of methodsOf(type).flatMap((method) => parametersOf(type, method))) {
    // The class may be part of another application too.
    if (parameter.schema === undefined || parameter.pipes.includes(validation)) continue;
    parameter.pipes = [validation, ...parameter.pipes];
  }
}

function parametersOf(type: object, method: string): ParameterMetadata[] {
  return Object.values((Reflect.getMetadata(ROUTE_ARGS_METADATA, type, method) ?? {}) as object) as ParameterMetadata[];
}

/** Inherited ones too. */
function methodsOf({ prototype }: new () => object): string[] {
  const names: string[] = [];
  for (
    let level = prototype as object | null;
    level && level !== Object.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    names.push(...Object.getOwnPropertyNames(level));
  }
  return names;
}
