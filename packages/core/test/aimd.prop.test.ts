import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CallWindow, callDone, callMade, callOverloaded, openWindow, widthOf } from '../src/aimd.ts';

type Event = { readonly type: 'made' } | { readonly type: 'done' | 'overloaded'; readonly pick: number };

const events = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('made' as const) }),
    fc.record({ type: fc.constantFrom('done' as const, 'overloaded' as const), pick: fc.nat() }),
  ),
  { maxLength: 200 },
);
const caps = fc.integer({ min: 1, max: 200 });

/** Plays events, of which each is about a call that is under way; answers every window there was. */
const play = (cap: number, played: readonly Event[]) => {
  const steps: { readonly window: CallWindow; readonly event: Event; readonly call: number }[] = [];
  const underWay: number[] = [];
  let window = openWindow(cap);
  for (const event of played) {
    let call = 0;
    if (event.type === 'made') {
      window = callMade(window);
      call = window.made;
      underWay.push(call);
    } else {
      if (underWay.length === 0) continue;
      [call] = underWay.splice(event.pick % underWay.length, 1) as [number];
      window = event.type === 'done' ? callDone(window, call) : callOverloaded(window, call);
    }
    steps.push({ window, event, call });
  }
  return steps;
};

/** As many calls as there may be at once, all of which go well. */
const goodRound = (window: CallWindow): CallWindow => {
  const width = widthOf(window);
  const first = window.made + 1;
  let after = window;
  for (let call = 0; call < width; call++) after = callMade(after);
  for (let call = 0; call < width; call++) after = callDone(after, first + call);
  return after;
};

describe('a window of calls', () => {
  test('is never narrower than one call, nor wider than its cap', () => {
    fc.assert(
      fc.property(caps, events, (cap, played) => {
        for (const { window } of play(cap, played)) {
          expect(widthOf(window)).toBeGreaterThanOrEqual(1);
          expect(widthOf(window)).toBeLessThanOrEqual(cap);
        }
      }),
    );
  });

  test('begins at its cap and stays there while all goes well', () => {
    fc.assert(
      fc.property(caps, events, (cap, played) => {
        const steps = play(
          cap,
          played.filter(({ type }) => type !== 'overloaded'),
        );
        expect(widthOf(openWindow(cap))).toBe(cap);
        for (const { window } of steps) expect(widthOf(window)).toBe(cap);
      }),
    );
  });

  test('is halved by a call that was one too many, and by none that was made before it was', () => {
    fc.assert(
      fc.property(caps, events, (cap, played) => {
        let before = openWindow(cap);
        let halvedAfter = 0;
        for (const { window, event, call } of play(cap, played)) {
          if (event.type === 'overloaded') {
            const old = call <= halvedAfter;
            expect(window.width).toBe(old ? before.width : Math.max(1, before.width / 2));
            if (!old) halvedAfter = before.made;
          }
          if (event.type === 'done' && call <= halvedAfter) expect(window.width).toBe(before.width);
          before = window;
        }
      }),
    );
  });

  test('is wider by one after each full round that went well, until it is at its cap again', () => {
    fc.assert(
      fc.property(caps, events, (cap, played) => {
        let window = play(cap, played).at(-1)?.window ?? openWindow(cap);
        for (let rounds = 0; rounds <= cap * 2 && widthOf(window) < cap; rounds++) {
          const wider = goodRound(window);
          expect(wider.width).toBeGreaterThan(window.width);
          expect(wider.width).toBeLessThanOrEqual(window.width + 1);
          window = wider;
        }
        expect(widthOf(window)).toBe(cap);
      }),
    );
  });
});
