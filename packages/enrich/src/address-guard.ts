import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { PipelineLookupRefusedError, type RunContext } from '@pipeline/core';
import { raceAbort } from './abort.ts';
import { requireOption } from './check-options.ts';

/** Which addresses of its host a look-up may ask. */
export interface AddressOptions {
  /**
   * Whether the host may have a private or loopback address, as it has inside a VPC. Link-local ones, which serve metadata
   * and credentials, are refused in any case. @default false
   */
  readonly allowPrivateAddresses?: boolean;
  /** The addresses of a host name. @default those of the system's resolver */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/** https://www.iana.org/assignments/iana-ipv4-special-registry */
const privateV4 = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
];
const forbiddenV4 = ['0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4'];
/** https://www.iana.org/assignments/iana-ipv6-special-registry */
const privateV6 = ['::1/128', 'fc00::/7'];
/** With the metadata address of EC2 and the retired ways to write an IPv4 address. */
const forbiddenV6 = ['::/128', 'fe80::/10', 'fec0::/10', 'ff00::/8', 'fd00:ec2::/32', '2002::/16', '64:ff9b:1::/48'];

/** Networks, those of IPv4 also as NAT64 writes them (RFC 6052); BlockList knows IPv4-mapped addresses itself. */
const listOf = (v4: readonly string[], v6: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const network of v4) {
    const [address, bits] = network.split('/') as [string, string];
    list.addSubnet(address, Number(bits), 'ipv4');
    list.addSubnet(`64:ff9b::${address}`, 96 + Number(bits), 'ipv6');
  }
  for (const network of v6) {
    const [address, bits] = network.split('/') as [string, string];
    list.addSubnet(address, Number(bits), 'ipv6');
  }
  return list;
};

const privates = listOf(privateV4, privateV6);
const forbidden = listOf(forbiddenV4, forbiddenV6);

/** Whether a look-up may ask this address. */
export const isAllowedAddress = (address: string, allowPrivate: boolean): boolean => {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(address) === 0 || forbidden.check(address, family)) return false;
  return allowPrivate || !privates.check(address, family);
};

const rememberedMs = 10_000;

/**
 * Makes the check that a URL's host has only addresses that may be asked: at once for an address, before requests for a
 * name (remembered for 10 s). A name that cannot be resolved passes, since the request will say so itself.
 * Answers the addresses of a name, which are the ones to connect to, and nothing for an address.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 */
export const createAddressGuard = (
  name: string,
  url: URL,
  { allowPrivateAddresses = false, resolve = resolveHost }: AddressOptions,
): ((run: RunContext) => Promise<readonly string[] | undefined>) => {
  const allowed = (address: string): boolean => isAllowedAddress(address, allowPrivateAddresses);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isAddress = isIP(host) !== 0;
  const expected = allowPrivateAddresses
    ? 'a host that is no link-local address'
    : 'a host that is no private or link-local address (allowPrivateAddresses admits private ones)';
  requireOption(!isAddress || allowed(host), 'url', expected, url.host);
  if (isAddress) return async () => undefined;

  let known: { readonly addresses: Promise<readonly string[]>; readonly untilMs: number } | undefined;
  return async (run) => {
    const nowMs = run.clock.now();
    if (known === undefined || nowMs >= known.untilMs)
      known = { addresses: resolve(host).catch(() => []), untilMs: nowMs + rememberedMs };
    const addresses = await raceAbort(known.addresses, run.signal);
    if (addresses.every(allowed)) return addresses;
    const reason = `${host} has an address that may not be asked${allowPrivateAddresses ? '' : ' (see allowPrivateAddresses)'}`;
    throw new PipelineLookupRefusedError('LOOKUP_REFUSED', { lookup: name, reason });
  };
};

const resolveHost = async (host: string): Promise<readonly string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address);
