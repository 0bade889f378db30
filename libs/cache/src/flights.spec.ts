import { describe, expect, it } from '@jest/globals';
import { type Flight, Flights } from './flights.js';

const later = () => new Promise((resolve) => setImmediate(resolve));

describe('Flights', () => {
  it('runs one load for all who come while it runs', async () => {
    const flights = new Flights<number>();
    let loads = 0;
    const load = async () => {
      await later();
      return ++loads;
    };
    const all = await Promise.all([flights.share('a', load), flights.share('a', load), flights.share('b', load)]);
    expect(all).toEqual([
      { value: 1, joined: false },
      { value: 1, joined: true },
      { value: 2, joined: false },
    ]);
    expect(await flights.share('a', load)).toEqual({ value: 3, joined: false });
  });

  it('hands an error to all of them and loads anew afterwards', async () => {
    const flights = new Flights<number>();
    const fail = async () => {
      await later();
      throw new Error('no');
    };
    const all = await Promise.allSettled([flights.share('a', fail), flights.share('a', fail)]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await flights.share('a', async () => 1)).toEqual({ value: 1, joined: false });
  });

  it('does not wait for itself when a load asks for its own key', async () => {
    const flights = new Flights<string>();
    const inner = async () => 'inner';
    const { value } = await flights.share('a', async () => {
      await later();
      return `outer ${(await flights.share('a', inner)).value}`;
    });
    expect(value).toBe('outer inner');
  });

  it('tells a load that it was overtaken, and lets the next one start anew', async () => {
    const flights = new Flights<boolean>();
    const load = async (flight: Flight) => {
      await later();
      return flight.grounded;
    };
    const overtaken = flights.share('a', load);
    await flights.ground('a');
    const next = flights.share('a', load);
    expect([(await overtaken).value, (await next).value]).toEqual([true, false]);
    expect((await next).joined).toBe(false);
  });

  it('lets a write that has begun end first', async () => {
    const flights = new Flights<void>();
    const order: string[] = [];
    void flights.share('a', async (flight) => {
      flight.write = later().then(() => order.push('written'));
      await flight.write;
    });
    await flights.ground('a');
    order.push('grounded');
    expect(order).toEqual(['written', 'grounded']);
  });

  it('has nothing to ground where nothing is loading', async () => {
    await expect(new Flights().ground('a')).resolves.toBeUndefined();
  });
});
