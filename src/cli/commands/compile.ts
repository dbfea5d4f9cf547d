// `sluice compile`: the patches that a script comes down to on the networks as they are, or the virsh commands.

import { readBeside } from '../../apply/load-files.ts';
import { networksOf, prepareScript } from '../../compile/prepare.ts';
import { virshCommands } from '../../compile/virsh.ts';
import { type Checked, hasErrors } from '../../diagnostics/diagnostic.ts';
import { printRfc5261 } from '../../patch/rfc5261.ts';
import { type Compiled, compileScript } from '../../plan/script.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { CompileFlags } from '../flags.ts';
import { readInputs } from '../inputs.ts';
import { openTarget } from '../open-target.ts';
import { conclude, fail } from '../outcome.ts';
import { layGround, statusOfProblems } from '../planning.ts';
import { forOutput } from '../terminal-text.ts';
