import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isProxyable, NOT_ALLOWED } from './proxyable.ts'

/**
 * Resolves a name for a connection, and refuses it where any of its addresses is one that clients may not reach through
 * the server. The connection is made to what was looked at here, so that a name cannot mean something else a moment
 * later.
 */
export const closedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '')
    const isOpen = addresses.length > 0 && addresses.every(({ address }) => isProxyable(address))
    if (!isOpen) return callback(new Error(NOT_ALLOWED), '')
    if (options.all) return callback(null, addresses)
    const [{ address, family }] = addresses as [(typeof addresses)[0]]
    callback(null, address, family)
  })
}
