import type { Pod } from '../../api/core/v1/pod.ts'
import { ContainerConfigError } from './config-error.ts'

const HOSTNAME_BYTES_MAX = 63
const FQDN_BYTES_MAX = 64 // What the kernel takes.

export interface PodHostname {
  readonly hostname: string
  /** The domain, where the Pod has a subdomain; else empty. */
  readonly domain: string
}

/** The name that a Pod has for itself, and its domain. */
export function podHostname({ metadata, spec }: Pod, clusterDomain: string): PodHostname {
  if (spec.hostnameOverride !== undefined) return { hostname: spec.hostnameOverride, domain: '' }
  const hostname = spec.hostname ? spec.hostname : truncate(metadata.name)
  const domain = spec.subdomain
    ? `${spec.subdomain}.${metadata.namespace}.svc.${clusterDomain}`
    : ''
  return { hostname, domain }
}

/** What the kernel is told: the full name where the Pod asks for that. Throws where it is too long. */
export function kernelHostname({ spec }: Pod, { hostname, domain }: PodHostname): string {
  if (!spec.setHostnameAsFQDN || domain === '') return hostname
  const full = `${hostname}.${domain}`
  if (full.length <= FQDN_BYTES_MAX) return full
  throw new ContainerConfigError(
    `Failed to construct FQDN from Pod hostname and cluster domain, FQDN ${full} is too long (${FQDN_BYTES_MAX} characters is the max, ${full.length} characters requested)`,
  )
}

function truncate(name: string): string {
  return name.length <= HOSTNAME_BYTES_MAX
    ? name
    : name.slice(0, HOSTNAME_BYTES_MAX).replace(/[-.]+$/, '')
}
