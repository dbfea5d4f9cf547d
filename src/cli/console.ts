// The two streams of the program and how each shows text: colour, width, characters. Decided once, from the environment.

/** How one stream shows text. */
export type Look = {
  readonly colour: boolean;
  /** Columns; of a pipe what a reader of logs can bear. */
  readonly width: number;
  /** False where only ASCII can be shown. */
  readonly unicode: boolean;
  readonly terminal: boolean;
};

export type Console = {
  /** Results, and nothing else: stdout. */
  readonly print: (text: string) => void;
  /** Everything else: stderr. */
  readonly say: (text: string) => void;
  /** A line that tells a waiting person what takes so long; null takes it away. Nothing where nobody waits. */
  readonly progress: (text: string | null) => void;
  readonly out: Look;
  readonly err: Look;
  /** True when somebody can be asked: stdin and stderr are a terminal. */
  readonly interactive: boolean;
};

export type ColourChoice = 'auto' | 'always' | 'never';
export const COLOUR_CHOICES: readonly ColourChoice[] = ['auto', 'always', 'never'];

type Environment = Readonly<Record<string, string | undefined>>;

/** Columns of what is no terminal. */
const PIPE_WIDTH = 120;

export function openConsole(choice: ColourChoice, environment: Environment = process.env): Console {
  const look = (stream: { readonly isTTY?: boolean; readonly columns?: number }): Look => {
    const terminal = stream.isTTY === true;
    return {
      colour: wantsColour(choice, terminal, environment),
      // a terminal that was never told its size says 0
      width: terminal ? Math.max(20, stream.columns || 80) : PIPE_WIDTH,
      unicode: speaksUtf8(environment),
      terminal,
    };
  };
  const err = look(process.stderr);
  return {
    print: (text) => void process.stdout.write(text),
    say: (text) => void process.stderr.write(text),
    progress: (text) => {
      if (err.terminal && environment['TERM'] !== 'dumb') process.stderr.write(`\r\u001b[2K${text ?? ''}`);
    },
    out: look(process.stdout),
    err,
    // most runs never open stdin
    get interactive() {
      return process.stdin.isTTY === true && err.terminal;
    },
  };
}

/** The option decides, then NO_COLOR (no-color.org: set and not empty), then FORCE_COLOR, then whether it is a terminal. */
function wantsColour(choice: ColourChoice, terminal: boolean, environment: Environment): boolean {
  switch (choice) {
    case 'always':
      return true;
    case 'never':
      return false;
    case 'auto': {
      if (isSet(environment['NO_COLOR'])) return false;
      const force = environment['FORCE_COLOR'];
      if (force !== undefined) return force !== '0' && force !== 'false';
      return terminal && environment['TERM'] !== 'dumb';
    }
  }
}

/** As setlocale(3) decides: LC_ALL, else LC_CTYPE, else LANG; the first that is set and not empty. */
function speaksUtf8(environment: Environment): boolean {
  const locale = [environment['LC_ALL'], environment['LC_CTYPE'], environment['LANG']].find(isSet);
  return locale !== undefined && /utf-?8/i.test(locale);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

/**
 * A reader that went away (`sluice show default | head -1`) is no error: what is left to say is dropped, and the
 * work goes on to its end, so that nobody stops an `apply` half-way by closing a pipe.
 */
export function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (problem: NodeJS.ErrnoException) => {
      if (problem.code !== 'EPIPE') throw problem;
    });
  }
}
