// A network has up to two documents: what runs now and what is stored for the next start.

/** libvirt's words: `live` is the running network, `config` the persistent definition. */
export type Scope = 'live' | 'config';
