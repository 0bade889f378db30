import { describe, expect, it } from '@jest/globals';
import { RecordedLogs } from './recorded-logs.js';

describe(RecordedLogs, () => {
  it('parses each line, however it is cut', () => {
    const logs = new RecordedLogs();
    for (const chunk of ['{"msg":"on', 'e"}\n{"msg":"two"}\n', '{"msg":', '"three"}', '\n']) logs.write(chunk);
    expect(logs.records).toEqual([{ msg: 'one' }, { msg: 'two' }, { msg: 'three' }]);
  });
});
