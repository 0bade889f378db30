import { describe, expect, it } from '@jest/globals';
import { RecordedLogs } from './recorded-logs.js';

describe(RecordedLogs, () => {
  it('parses each line, however it is cut', () => {
    const logs = new RecordedLogs();
    for (const chunk of ['{"msg":"on', 'e"}\n{"msg":"two"}\n', '{"msg":', '"three"}', '\n']) logs.write(chunk);
    expect(logs.records).toEqual([{ msg: 'one' }, { msg: 'two' }, { msg: 'three' }]);
  });

  it('finds by text, by fields and by a function, the first that there is', async () => {
    const logs = new RecordedLogs();
    logs.write('{"msg":"one","n":1,"err":{"code":"A"}}\n{"msg":"two","n":1}\n');
    expect(await logs.waitFor('two', 0)).toMatchObject({ msg: 'two' });
    expect(await logs.waitFor({ n: 1 }, 0)).toMatchObject({ msg: 'one' });
    expect(await logs.waitFor({ n: 1, err: { code: 'A' } }, 0)).toMatchObject({ msg: 'one' });
    expect(await logs.waitFor(({ n, err }) => n === 1 && !err, 0)).toMatchObject({ msg: 'two' });
  });

  it('waits for a record that comes later, for each who asks', async () => {
    const logs = new RecordedLogs();
    const both = Promise.all([logs.waitFor('late', 60_000), logs.waitFor({ n: 2 }, 60_000)]);
    logs.write('{"msg":"early"}\n');
    await Promise.resolve();
    logs.write('{"msg":"late","n":2}\n');
    expect(await both).toEqual([
      { msg: 'late', n: 2 },
      { msg: 'late', n: 2 },
    ]);
  });

  it('tells what it waited for in vain', async () => {
    const logs = new RecordedLogs();
    logs.write('{"msg":"one"}\n');
    await expect(logs.waitFor({ msg: 'two' }, 5)).rejects.toMatchObject({
      code: 'EGGY_TESTING_LOG',
      message:
        "No log record matches { msg: 'two' }: 5 ms have passed, and none of 1 records does. Fix: compare it with app.logs; LOG_LEVEL may keep it out.",
    });
  });

  it('waits no longer once nothing more comes', async () => {
    const logs = new RecordedLogs();
    const waiting = Promise.allSettled([logs.waitFor('two', 60_000)]);
    logs.conclude();
    expect(await waiting).toMatchObject([{ reason: { code: 'EGGY_TESTING_LOG' } }]);
    await expect(logs.waitFor('two', 60_000)).rejects.toThrow(/the application has stopped/);
  });

  it('lets an error of the function out', async () => {
    const logs = new RecordedLogs();
    logs.write('{"msg":"one"}\n');
    const pattern = (): never => {
      throw new Error('a wrong test');
    };
    await expect(logs.waitFor(pattern, 0)).rejects.toThrow('a wrong test');
  });
});
