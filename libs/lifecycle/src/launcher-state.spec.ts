import { describe, expect, it } from '@jest/globals';
import { type LauncherState, transition } from './launcher-state.js';

const STATES: LauncherState[] = ['starting', 'ready', 'draining', 'stopping', 'stopped', 'broken'];
const ALLOWED = new Set([
  'starting > ready',
  'starting > draining',
  'starting > broken',
  'ready > draining',
  'ready > broken',
  'draining > stopping',
  'draining > broken',
  'stopping > stopped',
  'stopping > broken',
  'broken > stopped',
]);
const steps = STATES.flatMap((from) => STATES.map((to) => ({ from, to, step: `${from} > ${to}` })));

describe('transition', () => {
  it.each(steps.filter(({ step }) => ALLOWED.has(step)))('goes $step', ({ from, to }) => {
    expect(transition(from, to)).toBe(to);
  });

  it.each(steps.filter(({ step }) => !ALLOWED.has(step)))('refuses $step', ({ from, to }) => {
    expect(() => transition(from, to)).toThrow(`An application that is ${from} cannot become ${to}. Fix: `);
  });
});
