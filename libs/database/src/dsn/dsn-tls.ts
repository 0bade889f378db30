import { DsnError } from '../database.errors.js';
import type { DsnOptions, DsnTls } from './dsn.js';

const VERIFIED: DsnTls = { verify: 'identity', fallback: false, config: undefined };

/** What `tls=` says, in go-sql-driver's words and in those of MySQL's `ssl-mode`. */
const MODES: Record<string, DsnTls | false> = {
  '0': false,
  false: false,
  disable: false,
  disabled: false,
  '1': VERIFIED,
  true: VERIFIED,
  'verify-identity': VERIFIED,
  'verify-full': VERIFIED,
  'verify-ca': { ...VERIFIED, verify: 'issuer' },
  'skip-verify': { ...VERIFIED, verify: 'nothing' },
  require: { ...VERIFIED, verify: 'nothing' },
  required: { ...VERIFIED, verify: 'nothing' },
  prefer: { ...VERIFIED, verify: 'nothing', fallback: true },
  preferred: { ...VERIFIED, verify: 'nothing', fallback: true },
  '{"rejectunauthorized":true}': VERIFIED,
  '{"rejectunauthorized":false}': { ...VERIFIED, verify: 'nothing' },
};

export function parseTls(text: string, { tlsConfigs = {} }: DsnOptions): DsnTls | false {
  const mode = text.toLowerCase().replaceAll('_', '-');
  const known = Object.hasOwn(MODES, mode) ? MODES[mode] : undefined;
  if (known !== undefined) return known;
  const config = Object.hasOwn(tlsConfigs, text) ? tlsConfigs[text] : undefined;
  if (!config) {
    throw new DsnError(
      'parameter tls names a configuration that is not registered',
      'use tls=true, skip-verify or preferred, or register the configuration in `tlsConfigs`',
    );
  }
  return { ...VERIFIED, config };
}
