import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { ProgressDisplay } from './progress-display.ts';

function collect() {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return { stream, lines: () => text.split('\n').slice(0, -1) };
}

test('where there is no terminal, the first step and the end of each stage are told, and what comes fast is not', () => {
  const { stream, lines } = collect();
  const display = new ProgressDisplay(stream);
  for (let done = 1; done <= 1000; done++) display.show({ stage: 'decoding', done, total: 1000 });
  for (let done = 1; done <= 50; done++)
    display.show({ stage: 'training', done, total: 50, note: 'loss 2.5' });
  display.end();
  expect(lines()).toEqual([
    'Decoding   0%, 1 of 1000',
    'Decoding 100%, 1000 of 1000',
    'Training 100%, 50 of 50, loss 2.5',
  ]);
});

test('a stage that begins anew is told anew, one that reports its end twice is told once', () => {
  const { stream, lines } = collect();
  const display = new ProgressDisplay(stream);
  for (const done of [1, 2, 2, 1, 2]) display.show({ stage: 'embedding', done, total: 2 });
  expect(lines()).toEqual(['Embedding  50%, 1 of 2', 'Embedding 100%, 2 of 2', 'Embedding 100%, 2 of 2']);
});

test('sentences stand on lines of their own, and work without anything to do is done', () => {
  const { stream, lines } = collect();
  const display = new ProgressDisplay(stream);
  display.show({ stage: 'indexing', done: 0, total: 0 });
  display.say('warning: a.png is left out');
  expect(lines()).toEqual(['Indexing 100%, 0 of 0', 'warning: a.png is left out']);
});
