// The `xpath` package without its types, which would put the whole browser DOM in scope of every file: a forgotten
// `const name` would then compile. xpath-package.d.ts says what of it is used.

import xpath from 'xpath';

export const xpathPackage = xpath;
