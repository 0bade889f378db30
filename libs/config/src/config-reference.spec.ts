import { describe, expect, it } from '@jest/globals';
import { configClass } from './config-class.js';
import { configTable, describeConfig } from './config-reference.js';
import { port } from './number-fields.js';
import { secret, text } from './text-fields.js';

class AppConfig extends configClass({
  PORT: port({ default: 8080, aliases: ['BUSINESS_HTTP_PORT'], description: 'Port of the service.' }),
  STRIPE_KEY: secret({ description: 'Key of the payment\nservice.' }),
  SERVICE_NAME: text({ default: ({ packageName }) => packageName, defaultText: 'name in package.json' }),
  PREFIX: text({ default: '', pattern: /^(a|b)?$/ }),
  OWNER: text({ optional: true }),
}) {}

describe(describeConfig, () => {
  it('tells all there is to tell, in the order of the schema', () => {
    const rows = describeConfig(AppConfig);
    expect(rows.map(({ name }) => name)).toEqual(['PORT', 'STRIPE_KEY', 'SERVICE_NAME', 'PREFIX', 'OWNER']);
    expect(rows[0]).toEqual({
      name: 'PORT',
      expected: 'a port from 0 to 65535',
      default: '8080',
      literalDefault: '8080',
      reloadable: false,
      required: false,
      secret: false,
      description: 'Port of the service.',
      aliases: ['BUSINESS_HTTP_PORT'],
    });
    expect(rows.map(({ required }) => required)).toEqual([false, true, false, false, false]);
    expect(rows.map(({ secret: isSecret }) => isSecret)).toEqual([false, true, false, false, false]);
  });
});

describe(configTable, () => {
  it('makes a Markdown table, its columns aligned', () => {
    expect(configTable(AppConfig).split('\n')).toEqual([
      '| Variable       | Expected                    | Default                | Description                                          |',
      '| -------------- | --------------------------- | ---------------------- | ---------------------------------------------------- |',
      '| `PORT`         | a port from 0 to 65535      | `8080`                 | Port of the service. Old name: `BUSINESS_HTTP_PORT`. |',
      '| `STRIPE_KEY`   | a secret                    | required               | Key of the payment service.                          |',
      '| `SERVICE_NAME` | a text                      | `name in package.json` |                                                      |',
      '| `PREFIX`       | a text matching /^(a\\|b)?$/ | empty                  |                                                      |',
      '| `OWNER`        | a text                      | none                   |                                                      |',
    ]);
  });
});
