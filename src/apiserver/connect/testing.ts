import type { Backends, BackendTarget } from './backends.ts'

/** Stands for loopback, where the servers of tests are, and nobody may be sent to (TEST-NET-1, RFC 5737). */
export const DISTANT = '192.0.2.1'

/** Backends to which the distant address is loopback. */
export function nearBackends(backends: Backends): Backends {
  return {
    request: (target, request) => backends.request(near(target), request),
    upgrade: (exchange, target) => backends.upgrade(exchange, near(target)),
    logSocket: (exchange) => backends.logSocket(exchange),
  }
}

function near(target: BackendTarget): BackendTarget {
  return target.host === DISTANT ? { ...target, host: '127.0.0.1' } : target
}
