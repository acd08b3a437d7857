import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../base/clock.node.ts'
import { hostAndPort } from '../base/host-and-port.ts'
import { tokenFile } from './credentials.node.ts'
import type { HttpsTransportOptions } from './https-transport.node.ts'

const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * How a program in a pod reaches its own cluster: by the environment of the `kubernetes` Service and the mounted token.
 * See https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */
export async function inClusterConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  directory = SERVICE_ACCOUNT_DIR,
): Promise<HttpsTransportOptions> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment
  if (!host || !port) {
    throw new Error(
      'Cannot use the in-cluster configuration: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be set',
    )
  }
  return {
    server: `https://${hostAndPort(host, port)}`,
    ca: await readFile(join(directory, 'ca.crt'), 'utf8'),
    credentials: tokenFile(join(directory, 'token'), systemClock),
  }
}
