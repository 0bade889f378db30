import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { OpenRequests } from './open-requests.js';
import type { TrackedRequest } from './tracked-request.js';

const tracked = (beganAt: number): TrackedRequest => ({ beganAt, place: undefined }) as TrackedRequest;

describe('OpenRequests', () => {
  it('is what a set would be, oldest first, whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(20))), (steps) => {
        const all = Array.from({ length: 21 }, (_, at) => tracked(at));
        const [open, set] = [new OpenRequests(), new Set<TrackedRequest>()];
        for (const [add, at] of steps) {
          const one = all[at] as TrackedRequest;
          if (!add) expect(open.delete(one)).toBe(set.delete(one));
          else if (!open.has(one)) {
            open.add(one);
            set.add(one);
          }
          expect([open.size, open.has(one)]).toEqual([set.size, set.has(one)]);
        }
        expect([...open]).toEqual([...set].toSorted((a, b) => a.beganAt - b.beganAt));
      }),
    );
  });
});
