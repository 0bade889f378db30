import { describe, expect, it } from '@jest/globals';
import { eggyConfig, int, secret } from '@eggybyte/core';
import { fakeConfig } from './fake-config.js';

class AppConfig extends eggyConfig({ STRIPE_KEY: secret(), PAGE_SIZE: int({ min: 1, default: 20 }) }) {}

describe(fakeConfig, () => {
  it('holds what the test gives, and defaults for the rest', () => {
    const config = fakeConfig(AppConfig, { STRIPE_KEY: 'sk_test' });
    expect([config.STRIPE_KEY.reveal(), config.PAGE_SIZE, config.ENVIRONMENT]).toEqual(['sk_test', 20, 'test']);
  });

  it('reads nothing of the process', () => {
    process.env['PAGE_SIZE'] = '99';
    try {
      expect(fakeConfig(AppConfig, { STRIPE_KEY: 'sk_test' }).PAGE_SIZE).toBe(20);
    } finally {
      delete process.env['PAGE_SIZE'];
    }
  });

  it('refuses what the configuration would refuse', () => {
    expect(() => fakeConfig(AppConfig)).toThrow(/STRIPE_KEY/);
    expect(() => fakeConfig(AppConfig, { STRIPE_KEY: 'sk_test', PAGE_SIZE: 0 })).toThrow(/PAGE_SIZE/);
  });
});
