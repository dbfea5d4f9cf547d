// The options of the commands as they arrive: what src/cli/program.ts promises to hand to each.

import type { ColourChoice } from './console.ts';

export type OutputFlags = { readonly json: boolean; readonly color: ColourChoice };

/** `state`: where the journal of a libvirt daemon is kept, when it is not the usual folder. */
export type TargetFlags = { readonly target: string; readonly state?: string };

export type ScopeFlag = 'live' | 'config' | 'live+config';
export const SCOPES: readonly ScopeFlag[] = ['live', 'config', 'live+config'];

/** What narrows or fills a script. */
export type ScriptFlags = TargetFlags & {
  readonly network?: string;
  readonly scope?: ScopeFlag;
  readonly var: ReadonlyMap<string, string>;
};

/** Who asks, and under which policy. */
export type PolicyFlags = { readonly policy?: string; readonly as?: string };

export type PlanFlags = ScriptFlags &
  PolicyFlags &
  OutputFlags & {
    readonly xml?: boolean;
    readonly full: boolean;
    readonly out?: string;
    readonly detailedExitcode: boolean;
  };

export type ApplyFlags = ScriptFlags &
  PolicyFlags &
  OutputFlags & { readonly xml: boolean; readonly full: boolean; readonly yes: boolean };

export type ReplFlags = ScriptFlags &
  PolicyFlags & { readonly color: ColourChoice; readonly full: boolean; readonly yes: boolean };

export type DoFlags = ScriptFlags &
  PolicyFlags &
  OutputFlags & { readonly full: boolean; readonly yes: boolean; readonly plan: boolean };

export type CheckFlags = ScriptFlags & OutputFlags;

export type CompileFlags = ScriptFlags & OutputFlags & { readonly as: 'rfc5261' | 'virsh' };

export type FmtFlags = OutputFlags & {
  readonly check: boolean;
  readonly write: boolean;
  readonly libvirt: boolean;
};

export type ShowFlags = TargetFlags & OutputFlags & { readonly scope?: 'live' | 'config' };

export type LogFlags = TargetFlags &
  OutputFlags & {
    readonly network?: string;
    readonly denied: boolean;
    readonly reported: boolean;
    readonly user?: string;
    readonly since?: string;
    /** 0 for all. */
    readonly limit: number;
    readonly full: boolean;
  };

export type DiffFlags = TargetFlags &
  OutputFlags & {
    readonly as: 'changes' | 'script' | 'patch';
    readonly live: boolean;
    readonly config: boolean;
    readonly full: boolean;
    readonly detailedExitcode: boolean;
  };

export type WatchFlags = TargetFlags &
  PolicyFlags &
  OutputFlags & {
    /** Seconds between two looks. */
    readonly interval: number;
  };

export type EditFlags = TargetFlags &
  PolicyFlags &
  OutputFlags & { readonly full: boolean; readonly yes: boolean };
