import type { TLSSocket } from 'node:tls'
import type { X509Certificate } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import type { PeerCertificate } from './exchange.ts'

/** Sets of certificate authorities whose certificates clients may show, by name, as PEM. */
export type ClientAuthorities = Readonly<Record<string, readonly X509Certificate[]>>

/** What the requests of one connection have in common. */
export interface Connection {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly peerCertificate: PeerCertificate | undefined
  readonly peerCertificateError: string | undefined
}

/**
 * Describes a connection after its handshake. The handshake has checked the chain, the times and the purpose of the
 * client's certificate; its end is looked at again for each request, since a connection may outlive it.
 */
export function describeConnection(
  socket: TLSSocket,
  authorities: ClientAuthorities,
  clock: Clock,
): Connection {
  const { remoteAddress = '', remotePort = 0 } = socket
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) {
    return {
      remoteAddress,
      remotePort,
      peerCertificate: undefined,
      peerCertificateError: undefined,
    }
  }
  const problem = socket.authorized ? undefined : errorCode(socket.authorizationError)
  const notAfterMs = certificate.validToDate.getTime()
  const peer = {
    der: new Uint8Array(certificate.raw),
    trustedBy: trustedBy(certificate, authorities),
  }
  const error = (): string | undefined =>
    problem ?? (clock.now() > notAfterMs ? 'CERT_HAS_EXPIRED' : undefined)
  return {
    remoteAddress,
    remotePort,
    get peerCertificate() {
      return error() === undefined ? peer : undefined
    },
    get peerCertificateError() {
      return error()
    },
  }
}

function trustedBy(leaf: X509Certificate, authorities: ClientAuthorities): readonly string[] {
  const chain = chainOf(leaf)
  return Object.keys(authorities).filter((name) =>
    authorities[name]?.some((authority) => chain.some((link) => isSignedBy(link, authority))),
  )
}

// The certificates that the client sent; the handshake has checked that each signed the one before.
function chainOf(leaf: X509Certificate): readonly X509Certificate[] {
  const chain = [leaf]
  for (let next = leaf.issuerCertificate; next; next = next.issuerCertificate) {
    if (next.fingerprint256 === chain.at(-1)?.fingerprint256) break
    chain.push(next)
  }
  return chain
}

function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
}

// Typed as an Error, but a server's socket holds OpenSSL's code as text.
function errorCode(error: Error | string | undefined): string {
  return typeof error === 'string' ? error : (error?.message ?? 'unknown')
}
