// A process that does nothing but apply: processes.test.ts bundles it, starts it, and kills it.
//
// Once told to go (a line on stdin) it counts: it raises the number in every network of the directory by one, as one plan,
// again and again, or as often as its second argument says. It prints a dot for each success, and at the end their number.

import { openFilesTarget } from '../../src/apply/files/files-target.ts';
import { planned } from './plans.ts';

const [directory = '', times = 'Infinity'] = process.argv.slice(2);
const target = openFilesTarget(directory);

async function raise(): Promise<boolean> {
  const edits: Record<string, readonly [string, string]> = {};
  const listed = await target.list();
  if (!listed.ok) throw new Error(listed.error.message);
  for (const name of listed.value) {
    const stored = await target.read(name, 'config');
    if (!stored.ok) throw new Error(stored.error.message);
    const { text } = stored.value.source;
    edits[name] = [text, text.replace(/<title>(\d+)/, (_, number: string) => `<title>${Number(number) + 1}`)];
  }
  const { plan, permit } = planned(target, edits);
  const outcome = await target.apply(plan, permit, null);
  if (outcome.type === 'conflict') return false;
  if (outcome.type !== 'applied') throw new Error(JSON.stringify(outcome));
  return true;
}

process.stdout.write('ready\n');
process.stdin.once('data', async () => {
  process.stdin.destroy();
  let done = 0;
  while (done < Number(times)) {
    if (!(await raise())) continue;
    done++;
    process.stdout.write('.');
  }
  process.stdout.write(`${done}\n`);
});
