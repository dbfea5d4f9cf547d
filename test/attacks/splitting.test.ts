// An attack on a gate that decides change by change: a denied change split into steps that are allowed one by one.
// Whatever a tenant does, plan after plan, no state comes about that a deny forbids, and nobody else's host changes.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ask, policyOf } from '../policy/decide.ts';

const policy = policyOf(`g, user:alice, role:tenant-a, default
p, allow, role:tenant-a, default, ip[*].dhcp.host[*], add|remove|modify, config, "ip in 10.0.0.128/25 and name like *.a.example.com"
p, allow, role:tenant-a, default, ip[*].dhcp, add|remove, config, ""
p, deny, role:everyone, *, ip[*].dhcp.host[*], *, *, "ip in 10.0.0.254/32"
p, deny, role:everyone, *, ip[*].dhcp.host[*], add, *, "count(ip[*].dhcp.host where ip in 10.0.0.128/25) > 3"`);

const FOREIGN = '<host mac="52:54:00:00:00:0b" name="v1.b.example.com" ip="10.0.0.20"/>';
const host = fc
  .record({
    mac: fc.constantFrom(
      '52:54:00:00:00:01',
      '52:54:00:00:00:02',
      '52:54:00:00:00:03',
      '52:54:00:00:00:04',
      '52:54:00:00:00:0b',
    ),
    name: fc.constantFrom(
      '',
      ' name="x.a.example.com"',
      ' name="y.a.example.com"',
      ' name="v1.b.example.com"',
    ),
    ip: fc.constantFrom('10.0.0.20', '10.0.0.130', '10.0.0.131', '10.0.0.140', '10.0.0.254'),
  })
  .map(({ mac, name, ip }) => `<host mac="${mac}"${name} ip="${ip}"/>`);
const hosts = fc
  .tuple(fc.uniqueArray(host, { selector: (xml) => xml.slice(0, 30), maxLength: 4 }), fc.boolean())
  .map(([own, kept]) =>
    [...own, ...(kept && !own.some((xml) => xml.includes(':0b"')) ? [FOREIGN] : [])].join(''),
  );
const network = (inDhcp: string): string =>
  `<network><name>default</name><ip address="10.0.0.1" prefix="24">${inDhcp === '' ? '' : `<dhcp>${inDhcp}</dhcp>`}</ip></network>`;

test('no row of allowed plans leads where one plan could not', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.array(hosts, { minLength: 10, maxLength: 40 }), (attempts) => {
      let now = network(FOREIGN);
      for (const attempt of attempts) {
        const next = network(attempt);
        if (ask({ policy, as: 'alice', base: now, result: next }).permit === null) continue;
        if (next !== now) taken++;
        now = next;
        expect(now).toContain(FOREIGN);
        expect(now).not.toContain('10.0.0.254');
        const own = [...now.matchAll(/<host [^>]*>/g)].map(([xml]) => xml).filter((xml) => xml !== FOREIGN);
        expect(own.filter((xml) => !/name="\w+\.a\.example\.com" ip="10\.0\.0\.1[34]\d"/.test(xml))).toEqual(
          [],
        );
        expect(own.length).toBeLessThanOrEqual(3);
      }
    }),
    { numRuns: 40 },
  );
  // else nothing was tried
  expect(taken).toBeGreaterThan(10);
});
