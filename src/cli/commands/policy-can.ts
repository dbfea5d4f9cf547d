// `sluice policy can`: yes or no, and the row that says so. Exit status 0 only for yes.

import { hasErrors } from '../../diagnostics/diagnostic.ts';
import { type Answer, askPolicy, type Word } from '../../policy/ask.ts';
import { answerJson, shortAnswer } from '../answer-words.ts';
import { type Question, readQuestion } from '../ask-policy.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { conclude, fail } from '../outcome.ts';
import { line, newPage, pageText } from '../page.ts';
import type { AskFlags } from '../policy-flags.ts';

export type Asked = {
  readonly question: Question;
  readonly network: string;
  readonly answers: readonly Answered[];
};
type Answered = { readonly scope: 'live' | 'config'; readonly answer: Answer };

/** Asks in each scope; the exit status where the question itself is wrong. `then` tells the answers. */
export async function askOn(
  words: readonly string[],
  command: string,
  flags: AskFlags,
  console: Console,
  then: (asked: Asked) => {
    readonly text: () => string;
    readonly json: () => Readonly<Record<string, unknown>>;
  },
): Promise<ExitStatus> {
  const { value: question, diagnostics } = await readQuestion(words, true, flags);
  if (question === null || question.subject === null)
    return fail(console, command, flags.json, EXIT.error, diagnostics);
  const network = question.network ?? 'default';
  const problems = [...diagnostics];
  const answers: Answered[] = [];
  for (const scope of question.scopes) {
    const made = question.hypothesisOn(network, scope);
    // both scopes have the same mistakes
    if (answers.length === 0) problems.push(...made.diagnostics);
    if (made.value === null) break;
    answers.push({ scope, answer: askPolicy(question.policy, made.value, question.subject, question.clock) });
  }
  if (hasErrors(problems)) return fail(console, command, flags.json, EXIT.error, problems);
  const told = then({ question, network, answers });
  const word = together(answers.map(({ answer }) => answer.word));
  return conclude(console, command, flags.json, {
    status: word === 'yes' ? EXIT.done : EXIT.denied,
    diagnostics: problems,
    text: told.text,
    json: () => ({
      answer: word,
      who: question.subject,
      network,
      time: new Date(question.clock).toISOString(),
      scopes: answers.map(({ scope, answer }) => ({
        scope,
        answer: answer.word,
        changes: answerJson(answer),
      })),
      ...told.json(),
    }),
  });
}

function together(words: readonly Word[]): Word {
  if (words.includes('no')) return 'no';
  return words.includes('depends') ? 'depends' : 'yes';
}

export function policyCan(words: readonly string[], flags: AskFlags, console: Console): Promise<ExitStatus> {
  return askOn(words, 'policy can', flags, console, ({ answers }) => ({
    text: () => {
      const page = newPage(console.out, false);
      for (const { scope, answer } of answers) {
        if (answers.length > 1) line(page, ['dim', `${scope}: `]);
        shortAnswer(page, answer);
      }
      return pageText(page);
    },
    json: () => ({}),
  }));
}
