// What a statement works with: the scene it reads and the hand that edits.

import type { Editor } from './editor.ts';
import type { Scene } from './resolve.ts';

export type Stage = Scene & { readonly editor: Editor };
