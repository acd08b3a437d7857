import {
  atField,
  atIndex,
  duplicate,
  forbidden,
  invalid,
  required,
  type FieldError,
} from '../../../schema/field-error.ts'
import { findPem } from '../../../pki/pem.ts'
import type { Issuer } from '../configuration/types.ts'

const MATCH_ANY = 'MatchAny'
const EGRESS_TYPES = ['controlplane', 'cluster']

/** What is wrong with an issuer, in Kubernetes' words. `disallowed`: issuers that are the cluster's own. */
export function validateIssuer(
  issuer: Issuer,
  path: string,
  disallowed: readonly string[],
): FieldError[] {
  const { url = '', discoveryURL = '', certificateAuthority = '', egressSelectorType = '' } = issuer
  const urlPath = atField(path, 'url')
  return [
    ...(url === '' ? [required(urlPath)] : urlErrors(url, urlPath, disallowed)),
    ...(discoveryURL === ''
      ? []
      : discoveryErrors(url, discoveryURL, atField(path, 'discoveryURL'))),
    ...audienceErrors(issuer, path),
    ...(certificateAuthority === '' || findPem(certificateAuthority, 'CERTIFICATE')
      ? []
      : [
          invalid(
            atField(path, 'certificateAuthority'),
            '<omitted>',
            'data does not contain any valid RSA or ECDSA certificates',
          ),
        ]),
    ...egressErrors(egressSelectorType, atField(path, 'egressSelectorType')),
  ]
}

function egressErrors(type: string, path: string): FieldError[] {
  if (type === '') return []
  return EGRESS_TYPES.includes(type)
    ? [forbidden(path, 'this server has no egress selectors: it connects to issuers itself')]
    : [invalid(path, type, 'egress selector must be either controlplane or cluster')]
}

function discoveryErrors(url: string, discoveryURL: string, path: string): FieldError[] {
  const same = url !== '' && withoutSlashes(url) === withoutSlashes(discoveryURL)
  return [
    ...(same ? [invalid(path, discoveryURL, 'discoveryURL must be different from URL')] : []),
    ...urlErrors(discoveryURL, path, []),
  ]
}

function withoutSlashes(url: string): string {
  return url.replace(/\/+$/, '')
}

function urlErrors(text: string, path: string, disallowed: readonly string[]): FieldError[] {
  const problems: string[] = []
  if (disallowed.includes(text)) {
    const list = `[${disallowed.toSorted().join(' ')}]`
    problems.push(`URL must not overlap with disallowed issuers: ${list}`)
  }
  const url = URL.parse(text)
  if (!url) return [...problems, 'URL cannot be parsed'].map((each) => invalid(path, text, each))
  if (url.protocol !== 'https:') problems.push('URL scheme must be https')
  if (url.username !== '' || url.password !== '')
    problems.push('URL must not contain a username or password')
  if (url.search !== '') problems.push('URL must not contain a query')
  if (url.hash !== '') problems.push('URL must not contain a fragment')
  return problems.map((each) => invalid(path, text, each))
}

function audienceErrors(
  { audiences = [], audienceMatchPolicy = '' }: Issuer,
  path: string,
): FieldError[] {
  const listPath = atField(path, 'audiences')
  if (audiences.length === 0) return [required(listPath, `at least one ${listPath} is required`)]
  const errors = audiences.flatMap((audience, i) => [
    ...(audience === '' ? [required(atIndex(listPath, i))] : []),
    ...(audiences.indexOf(audience) < i ? [duplicate(atIndex(listPath, i), audience)] : []),
  ])
  const policyPath = atField(path, 'audienceMatchPolicy')
  if (audiences.length > 1 && audienceMatchPolicy !== MATCH_ANY) {
    const text = 'audienceMatchPolicy must be MatchAny for multiple audiences'
    errors.push(invalid(policyPath, audienceMatchPolicy, text))
  }
  if (audiences.length === 1 && !['', MATCH_ANY].includes(audienceMatchPolicy)) {
    const text = 'audienceMatchPolicy must be empty or MatchAny for single audience'
    errors.push(invalid(policyPath, audienceMatchPolicy, text))
  }
  return errors
}
