// A call that failed, as a diagnostic: what happened, what may have been done, what to do next. libvirt's own words and
// numbers are always part of it.

import { type Diagnostic, error } from '../../../diagnostics/diagnostic.ts';
import { nearestName } from '../../../std/nearest-name.ts';
import { unreachable } from '../../../std/unreachable.ts';
import { type CallFailure, type Client, isNoNetwork, isReadOnly, type LibvirtError } from './client.ts';

/** The names that a person sees in virErrorNumber, of those codes that calls for networks bring. */
const CODE_NAMES: Readonly<Record<number, string>> = {
  1: 'internal error',
  3: 'no support',
  5: 'no such driver',
  8: 'invalid argument',
  9: 'operation failed',
  21: 'no name',
  27: 'XML error',
  29: 'operation denied',
  35: 'XML malformed',
  37: 'network exists',
  38: 'system error',
  39: 'RPC',
  43: 'no network',
  45: 'authentication failed',
  55: 'operation invalid',
  67: 'configuration unsupported',
  68: 'operation timeout',
  79: 'authentication cancelled',
  84: 'operation unsupported',
  88: 'access denied',
  92: 'XML invalid against the schema',
  94: 'authentication unavailable',
};

const ACCESS_DENIED = 88;
const NO_DRIVER = 5;

/** `operation failed: …`, with libvirt's numbers: `(libvirt error 55, operation invalid, domain 19)`. */
export function libvirtWords(said: LibvirtError): string {
  const name = CODE_NAMES[said.code];
  const numbers = `libvirt error ${said.code}${name === undefined ? '' : `, ${name}`}, domain ${said.domain}`;
  const message = said.message.trim();
  return message === '' ? `(${numbers})` : `${message} (${numbers})`;
}

/** `about`: what the call was for, after "while": `reading network \`lab\``. */
export function explainFailure(
  failure: CallFailure,
  about: string,
  client: Pick<Client, 'place'>,
): Diagnostic {
  const { reason } = failure;
  const place = `\`${client.place}\``;
  switch (reason.type) {
    case 'libvirt':
      return explainRefusal(failure, reason.error, about, place);
    case 'timeout': {
      const seconds = `${reason.milliseconds / 1000} seconds`;
      return failure.outcome === 'unknown'
        ? unknownOutcome(failure, about, `${place} did not answer within ${seconds}`)
        : error('SL879', null, `${place} did not answer ${failure.call} within ${seconds}, while ${about}`, {
            help: 'a daemon says nothing about a network that it is updating: try again, or see what the daemon does',
          });
    }
    case 'lost':
      return failure.outcome === 'unknown'
        ? unknownOutcome(failure, about, reason.message)
        : error('SL877', null, `the connection to ${place} ended while ${about}: ${reason.message}`, {
            help: 'nothing was changed by this call; try again once the daemon is back',
          });
    case 'protocol':
      return failure.outcome === 'unknown'
        ? unknownOutcome(failure, about, `${reason.message} (${reason.fault})`)
        : error(
            'SL880',
            null,
            `${place} sent what is not libvirt's protocol, while ${about}: ${reason.message} (${reason.fault})`,
            { help: 'is it a libvirt daemon that listens there?' },
          );
    case 'unsendable':
      return error('SL883', null, `${failure.call} would carry ${reason.message}, while ${about}`, {
        help: 'nothing was sent',
      });
    default:
      return unreachable(reason);
  }
}

/** There is no network of this name among `available`. */
export function noSuchNetwork(
  name: string,
  available: readonly string[],
  client: Pick<Client, 'uri'>,
): Diagnostic {
  const near = nearestName(name, available);
  const some = available.slice(0, 8).map((one) => `\`${one}\``);
  return error('SL875', null, `there is no network \`${name}\` on \`${client.uri}\``, {
    help:
      near !== null
        ? `did you mean \`${near}\`?`
        : some.length === 0
          ? 'it has no networks'
          : `there ${some.length === 1 ? 'is' : 'are'} ${some.join(', ')}${available.length > some.length ? ` and ${available.length - some.length} more` : ''}`,
  });
}

function explainRefusal(failure: CallFailure, said: LibvirtError, about: string, place: string): Diagnostic {
  const words = libvirtWords(said);
  if (isReadOnly(failure))
    return error('SL874', null, `${place} lets this connection read only, while ${about}: ${words}`, {
      help: 'take the socket without `-ro`, or an account that may write',
    });
  if (said.code === ACCESS_DENIED)
    return error('SL873', null, `libvirt does not allow you ${failure.call}, while ${about}: ${words}`, {
      help: 'the rules are polkit rules on the host, for the actions `org.libvirt.api.network.*`',
    });
  if (isNoNetwork(failure))
    return error('SL875', null, `the network is gone from ${place}, while ${about}: ${words}`, {
      help: '`sluice networks` lists those that are there',
    });
  if (said.code === NO_DRIVER)
    return error('SL876', null, `libvirt refused ${failure.call}, while ${about}: ${words}`, {
      help: 'this daemon does not run such guests; networks alone need no more than `network:///system`',
    });
  return error('SL876', null, `libvirt refused ${failure.call}, while ${about}: ${words}`, {
    help:
      failure.outcome === 'refused'
        ? 'a refused update can have happened all the same (dnsmasq that did not start): look at both documents'
        : null,
  });
}

function unknownOutcome(failure: CallFailure, about: string, how: string): Diagnostic {
  return error(
    'SL878',
    null,
    `nobody knows whether ${failure.call} was carried out, while ${about}: ${how}`,
    {
      help: 'it was sent, and its answer never came; read both documents before anything else is done',
    },
  );
}
