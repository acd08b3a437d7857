import { byteLength, dns1123SubdomainProblems, type Problems } from '../../../apimachinery/names.ts'
import { invalid, tooLong, type FieldError } from '../../../schema/field-error.ts'
import type { Strategy } from '../../strategy.ts'
import { isDerSequence, pemBlocksOf, type PemBlock } from '../../validation/pem.ts'
import { immutable, NONE, problemsAt } from '../../validation/rules.ts'
import { validateSignerName } from '../../validation/signer-name.ts'
import type { ClusterTrustBundle } from './cluster-trust-bundle.ts'

const BUNDLE_SIZE_MAX = 2 ** 20
const BUNDLE = 'spec.trustBundle'
/** Bundles are long, so upstream does not repeat them. */
const OMITTED = '<value omitted>'

/** The rules of ClusterTrustBundles (pkg/registry/certificates/clustertrustbundle/strategy.go, KEP-3257). */
export const clusterTrustBundleStrategy: Strategy<ClusterTrustBundle> = {
  // What a name must be depends on the signer.
  validateName: () => [],
  validateCreate: (bundle) => [...validateBundle(bundle), ...validateAnchors(bundle)],
  validateUpdate: (bundle, old) => [
    ...validateBundle(bundle),
    ...(bundle.spec.trustBundle === old.spec.trustBundle ? NONE : validateAnchors(bundle)),
    ...immutable(bundle.spec.signerName ?? '', old.spec.signerName ?? '', 'spec.signerName'),
  ],
  selectableFields: { 'spec.signerName': ({ spec }) => spec.signerName ?? '' },
}

function validateBundle({ metadata, spec }: ClusterTrustBundle): FieldError[] {
  const { signerName = '' } = spec
  return [
    ...problemsAt('metadata.name', metadata.name, nameProblems(metadata.name, signerName)),
    ...(signerName ? validateSignerName(signerName, 'spec.signerName') : NONE),
  ]
}

function nameProblems(name: string, signerName: string): Problems {
  if (!signerName) {
    return name.includes(':')
      ? ['ClusterTrustBundle without signer name must not have ":" in its name']
      : dns1123SubdomainProblems(name)
  }
  const prefix = `${signerName.replaceAll('/', ':')}:`
  return name.startsWith(prefix)
    ? dns1123SubdomainProblems(name.slice(prefix.length))
    : [`ClusterTrustBundle for signerName ${signerName} must be named with prefix ${prefix}`]
}

function validateAnchors({ spec: { trustBundle } }: ClusterTrustBundle): FieldError[] {
  if (byteLength(trustBundle) > BUNDLE_SIZE_MAX) return [tooLong(BUNDLE, BUNDLE_SIZE_MAX)]
  const blocks = pemBlocksOf(trustBundle)
  const errors = blocks.flatMap((block, i) => {
    const problem = blockProblem(block)
    return problem === undefined ? [] : [invalid(BUNDLE, OMITTED, `entry ${i} ${problem}`)]
  })
  // What is missing or there twice is told once all entries are right.
  if (errors.length > 0) return errors
  if (blocks.length === 0)
    return [invalid(BUNDLE, OMITTED, 'at least one trust anchor must be provided')]
  const places = Map.groupBy(blocks.keys(), (i) => blocks[i]!.bytes.toHex())
  return [...places.values()]
    .filter((indices) => indices.length > 1)
    .map((indices) =>
      invalid(BUNDLE, OMITTED, `duplicate trust anchor (indices [${indices.join(' ')}])`),
    )
}

/** Whether a certificate may sign others is for those who use it to see: that takes reading it. */
function blockProblem({ type, hasHeaders, bytes }: PemBlock): string | undefined {
  if (type !== 'CERTIFICATE') return `has bad block type: ${type}`
  if (hasHeaders) return 'has PEM block headers'
  return isDerSequence(bytes) ? undefined : 'does not parse as X.509'
}
