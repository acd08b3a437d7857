import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { parse } from 'yaml'
import type { DataDirectory } from './data-directory.node.ts'

interface Answer {
  readonly status: number
  readonly body: string
}

interface KubeconfigFile {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string }
  }[]
  readonly users: readonly {
    readonly user: {
      readonly 'client-certificate-data': string
      readonly 'client-key-data': string
    }
  }[]
}

const TIMEOUT_MS = 5000

/** How the cluster's admin reaches its API server. */
export interface AdminAccess {
  readonly server: string
  readonly caPem: string
  readonly clientCertPem: string
  readonly clientKeyPem: string
}

/** Reads the admin's kubeconfig of a data directory. */
export function adminAccess(directory: DataDirectory): AdminAccess {
  const file = parse(readFileSync(directory.kubeconfig, 'utf8')) as KubeconfigFile
  const { server, 'certificate-authority-data': ca } = file.clusters[0]!.cluster
  const { 'client-certificate-data': cert, 'client-key-data': key } = file.users[0]!.user
  return { server, caPem: decode(ca), clientCertPem: decode(cert), clientKeyPem: decode(key) }
}

/** Gets a path of the cluster's API server as its admin. */
export function fetchFromCluster(directory: DataDirectory, path: string): Promise<Answer> {
  const { server, caPem, clientCertPem, clientKeyPem } = adminAccess(directory)
  const options = {
    ca: caPem,
    cert: clientCertPem,
    key: clientKeyPem,
    agent: false,
    timeout: TIMEOUT_MS,
  }
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, server), options, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    sent.on('timeout', () => sent.destroy(new Error('the API server does not answer')))
    sent.on('error', reject)
    sent.end()
  })
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString()
}
