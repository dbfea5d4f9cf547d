// Address ranges with something for each, and all of them that hold an address: one map for each length of prefix.

import {
  bitsOf,
  type Cidr,
  type IpAddress,
  isMapped,
  networkAddress,
  parseIp,
  unmapped,
} from '../network/values.ts';

export type RangeMap<T> = {
  readonly add: (cidr: Cidr, value: T) => void;
  /** What was added with the ranges in which the address lies (`ipInCidr`), in no order; nothing for what is no address. */
  readonly find: (ip: string) => readonly T[];
};

/** Costs of `find`: the number of different prefix lengths. */
export function rangeMap<T>(): RangeMap<T> {
  const v4 = new Map<number, Map<string, T[]>>();
  const v6 = new Map<number, Map<string, T[]>>();
  const enter = (address: IpAddress, prefix: number, value: T): void => {
    const lengths = bitsOf(address) === 32 ? v4 : v6;
    let networks = lengths.get(prefix);
    if (networks === undefined) {
      networks = new Map();
      lengths.set(prefix, networks);
    }
    const key = networkKey(address, prefix);
    const values = networks.get(key);
    if (values === undefined) networks.set(key, [value]);
    else values.push(value);
  };
  const collect = (address: IpAddress, found: Set<T>): void => {
    for (const [prefix, networks] of bitsOf(address) === 32 ? v4 : v6) {
      for (const value of networks.get(networkKey(address, prefix)) ?? []) found.add(value);
    }
  };
  return {
    add: ({ address, prefix }, value) => {
      enter(address, prefix, value);
      // such a range holds the IPv4 addresses, too
      if (isMapped(address) && prefix >= 96) enter(unmapped(address), prefix - 96, value);
    },
    find: (ip) => {
      const address = parseIp(ip);
      if (address === null) return [];
      const found = new Set<T>();
      collect(address, found);
      if (isMapped(address)) collect(unmapped(address), found);
      return [...found];
    },
  };
}

function networkKey(address: IpAddress, prefix: number): string {
  return (prefix === bitsOf(address) ? address : networkAddress(address, prefix)).join(' ');
}
