// The program: reads arguments, runs a command, answers with an exit status. What the world sees of a bug of ours is here, too.

import { ignoreClosedPipes } from './console.ts';
import { versionText } from './version.ts';

const words = process.argv.slice(2);
ignoreClosedPipes();

if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(`${versionText()}\n`);
} else {
  void import('./run.ts')
    .then(({ run }) => run(words))
    .then((status) => {
      process.exitCode = status;
    });
}
