// Every code that Sluice can print, with its title. docs/diagnostics/CODE.md explains each; a test holds the two together.
//
// Numbers belong to rooms: 1xx xml and source, 2xx network, 3xx syntax, 4xx compile and patch, 5xx the session,
// 6xx policy, 7xx plan, 8xx targets (870 on: libvirt's protocol, 98x: a daemon as target), 9xx command line.

import { applyCodes } from './codes/apply.ts';
import { cliCodes } from './codes/cli.ts';
import { compileCodes } from './codes/compile.ts';
import { libvirtCodes } from './codes/libvirt.ts';
import { libvirtCallCodes } from './codes/libvirt-calls.ts';
import { libvirtTargetCodes } from './codes/libvirt-target.ts';
import { networkCodes } from './codes/network.ts';
import { planCodes } from './codes/plan.ts';
import { policyCodes } from './codes/policy.ts';
import { replCodes } from './codes/repl.ts';
import { syntaxCodes } from './codes/syntax.ts';
import { xmlCodes } from './codes/xml.ts';

export const catalogue = {
  ...xmlCodes,
  ...networkCodes,
  ...syntaxCodes,
  ...compileCodes,
  ...policyCodes,
  ...planCodes,
  ...applyCodes,
  ...libvirtCodes,
  ...libvirtCallCodes,
  ...libvirtTargetCodes,
  ...replCodes,
  ...cliCodes,
} as const;

export type Code = keyof typeof catalogue;
