// The library: `import { plan, apply, … } from 'sluice'`. What is not listed here is nobody's to rely on.

export { openFilesTarget } from './apply/files/files-target.ts';
export type {
  ApplyEntry,
  DeniedEntry,
  JournalEntry,
} from './apply/files/journal.ts';
export { type Journal, readJournal } from './apply/files/read-journal.ts';
export {
  type LibvirtOptions,
  type LibvirtTarget,
  type NetworkLine,
  openLibvirtTarget,
} from './apply/libvirt/libvirt-target.ts';
export { readPolicyFiles } from './apply/load-files.ts';
export { type AdapterOptions, loadPolicyFromAdapter } from './apply/policy-adapter.ts';
export { type Asker, apply, plan, type Request } from './apply/session.ts';
export type { ApplyOutcome, Course, Revision, Stored, Target } from './apply/target.ts';
export {
  type PolicyEvent,
  type WatchedPolicy,
  type WatchOptions,
  watchPolicy,
} from './apply/watch-policy.ts';
export { networksOf, type Prepared, prepareScript } from './compile/prepare.ts';
export type { Checked, Diagnostic, Label, Severity } from './diagnostics/diagnostic.ts';
export { renderHuman } from './diagnostics/render-human.ts';
export { diffAsScript } from './diff/as-script.ts';
export type { Change, ChangeKind, ChangeValue, Operation, Pair, Placement } from './diff/change.ts';
export { stepsOf } from './diff/change.ts';
export { diffDocuments } from './diff/diff.ts';
export { replay } from './diff/replay.ts';
export { printAsLibvirt } from './network/libvirt-print.ts';
export { type Key, type Leaf, pathText, type Step } from './network/path.ts';
export { checkDefine, checkParse } from './network/rules.ts';
export type { Scope } from './network/scope.ts';
export type { AttrSpec, ElementSpec, KeySpec, ValueType } from './network/spec.ts';
export { networkSpec } from './network/table.ts';
export type { Patch, PatchOperation, XPath } from './patch/patch.ts';
export { printRfc5261 } from './patch/rfc5261.ts';
export type { PlanContext, Planned } from './plan/context.ts';
export { type Desired, planDocument } from './plan/document.ts';
export { type NodeSpecFlags, planNodeSpec } from './plan/node-spec.ts';
export type { DocumentPlan, Plan, TakesEffect } from './plan/plan.ts';
export { type PlanToApply, planSaved, readSavedPlan, type SavedPlan, savePlan } from './plan/saved.ts';
export { type Compiled, compileScript, planScript } from './plan/script.ts';
export { type Updates, update } from './plan/update.generated.ts';
export {
  type Options,
  type Place,
  planUpdates,
  type Update,
  updatesToScript,
  type Which,
} from './plan/update.ts';
export { virshCommands } from './plan/virsh.ts';
export type { PolicyAdapter } from './policy/adapter-rows.ts';
export { loadPolicy } from './policy/load.ts';
export { userSubject } from './policy/names.ts';
export type { Permit } from './policy/permit.ts';
export type { Policy } from './policy/policy.ts';
export type { NearMiss, RuleRef, Verdict } from './policy/verdict.ts';
export { type Position, placeText, positionAt, type Source, type Span } from './source/source.ts';
export type { Result } from './std/result.ts';
export { formatScript } from './syntax/format.ts';
export { parseScript } from './syntax/parse.ts';
export type { XmlAttr, XmlDocument, XmlElement, XmlNode } from './xml/document.ts';
export { formatXml } from './xml/format.ts';
export { parseDocument } from './xml/parse.ts';
export { printDocument } from './xml/print.ts';
