import { mailing } from './mailing.ts';

/*
 * `npm run bench [-- people [seed]]`: a mailing from upload to the last event, in memory that does not grow with it, with functions killed
 * anywhere. Exit code 1 when a recipient has not exactly one final state, was sent twice, or the heap grew.
 */

const people = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
if (!Number.isInteger(people) || people < 1 || !Number.isInteger(seed)) {
  process.stderr.write(
    'usage: npm run bench [-- people [seed]]: both are whole numbers, and there is at least one person\n',
  );
  process.exit(2);
}
const collect = (globalThis as { gc?: () => void }).gc;
if (!collect) {
  process.stderr.write('the heap cannot be measured: run it with node --expose-gc, as npm run bench does\n');
  process.exit(2);
}

/** A heap that grows with the list would be several times as large at its end: a shard more or less is noise. */
const mostGrowth = 1.25;
const heaps: number[] = [];
const odds = { throttled: 0.1, bounced: 0.01, complained: 0.001, refused: 0.001, unanswered: 0.001 };
const done = await mailing({
  people,
  seed,
  odds,
  killed: people < 100_000 ? 0.001 : 0.0002,
  onSlice: (sent) => {
    collect();
    const { heapUsed, rss } = process.memoryUsage();
    heaps.push(heapUsed);
    process.stdout.write(
      `${sent.toLocaleString('en-US')} in the ledger, heap ${Math.round(heapUsed / 1e6)} MB, process ${Math.round(rss / 1e6)} MB\n`,
    );
  },
});

const tenth = Math.max(1, Math.floor(heaps.length / 10));
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const growth = mean(heaps.slice(-tenth)) / mean(heaps.slice(0, tenth));
const kills = Object.values(done.kills).reduce((sum, n) => sum + n, 0);
const wrong = [
  ...done.wrong,
  ...(growth > mostGrowth ? [`the heap grew ${growth.toFixed(2)}-fold from the first tenth to the last`] : []),
];
process.stdout.write(
  [
    `${people.toLocaleString('en-US')} people, ${done.emails.toLocaleString('en-US')} by e-mail, seed ${seed}`,
    `check: ${Math.round(people / done.seconds.check).toLocaleString('en-US')} rows a second`,
    `send and events: ${Math.round(done.emails / done.seconds.send).toLocaleString('en-US')} recipients a second`,
    `heap, last tenth over first tenth: ${growth.toFixed(2)}`,
    `killed ${kills} times (${Object.entries(done.kills)
      .map(([place, n]) => `${place} ${n}`)
      .join(', ')}), ${done.throttles.toLocaleString('en-US')} throttles`,
    `states: ${JSON.stringify(done.states)}`,
    wrong.length === 0 ? 'every recipient is in exactly one final state, and none was sent twice' : wrong.join('\n'),
    '',
  ].join('\n'),
);
process.exitCode = wrong.length === 0 ? 0 : 1;
