import { invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { validateIp } from '../../validation/ip.ts'
import {
  dnsSubdomain,
  eachAt,
  NONE,
  problemsAt,
  subdomainWithUnderscoreProblems,
} from '../../validation/rules.ts'
import type { HostAlias, PodDNSConfig, PodSpec } from './pod-spec.ts'

// What resolvers of libc can take.
const NAMESERVERS_MAX = 3
const SEARCHES_MAX = 32
const SEARCHES_LENGTH_MAX = 2048

/** Checks the resolver settings of a Pod. */
export function validatePodDns(
  { dnsConfig, dnsPolicy }: Pick<PodSpec, 'dnsConfig' | 'dnsPolicy'>,
  path: string,
): FieldError[] {
  if (dnsPolicy === 'None') {
    if (!dnsConfig) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')]
    if (!dnsConfig.nameservers) {
      const text = 'must provide at least one DNS nameserver when `dnsPolicy` is None'
      return [required(`${path}.nameservers`, text)]
    }
  }
  if (!dnsConfig) return NONE
  return [
    ...validateNameservers(dnsConfig.nameservers, `${path}.nameservers`),
    ...validateSearches(dnsConfig.searches, `${path}.searches`),
    ...eachAt(dnsConfig.options, `${path}.options`, ({ name }, at) =>
      name ? NONE : [required(at, 'must not be empty')],
    ),
  ]
}

function validateNameservers(nameservers: PodDNSConfig['nameservers'], path: string): FieldError[] {
  if (!nameservers) return NONE
  const text = `must not have more than ${NAMESERVERS_MAX} nameservers`
  return [
    ...(nameservers.length > NAMESERVERS_MAX ? [invalid(path, nameservers, text)] : NONE),
    ...eachAt(nameservers, path, (each, at) => validateIp(each, at)),
  ]
}

function validateSearches(searches: PodDNSConfig['searches'], path: string): FieldError[] {
  if (!searches) return NONE
  const countText = `must not have more than ${SEARCHES_MAX} search paths`
  const lengthText = `must not have more than ${SEARCHES_LENGTH_MAX} characters (including spaces) in the search list`
  return [
    ...(searches.length > SEARCHES_MAX ? [invalid(path, searches, countText)] : NONE),
    ...(searches.join(' ').length > SEARCHES_LENGTH_MAX
      ? [invalid(path, searches, lengthText)]
      : NONE),
    ...eachAt(searches, path, (search, at) => {
      if (search === '.') return NONE
      const domain = search.replace(/\.$/, '')
      return problemsAt(at, domain, subdomainWithUnderscoreProblems(domain))
    }),
  ]
}

/** Checks the lines that a Pod adds to its hosts file. */
export function validateHostAliases(
  aliases: readonly HostAlias[] | undefined,
  path: string,
): FieldError[] {
  return eachAt(aliases, path, ({ ip, hostnames }, at) => [
    ...validateIp(ip, `${at}.ip`),
    ...eachAt(hostnames, `${at}.hostnames`, dnsSubdomain),
  ])
}
