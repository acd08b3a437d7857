import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../base/clock.node.ts'
import { ensureClusterPki } from '../../cluster/cluster-pki.node.ts'
import { machineNodeName } from '../../cluster/node-address.node.ts'
import { describeCertificates, type CertificateSummary } from '../../pki/certificate-summary.ts'
import { nodeFileNames } from '../../pki/cluster-certificates.ts'
import { type EnsuredPki, readPkiFiles } from '../../pki/ensure-pki.node.ts'
import type { Rotation } from '../../pki/renewal.ts'
import { CERTIFICATES_CHANGED, machinePki } from './certs-renewal.node.ts'
import { type DataDirectory, dataDirectory } from '../data-directory.node.ts'
import { resolveFlags } from '../flags/flags.node.ts'
import { isRunning, readRunState } from '../run-state.node.ts'
import { table } from '../table.ts'
import { UserError } from '../user-error.ts'

/** `trierarch certs list`: which certificates a cluster has, and until when. */
export async function listCertificates(dataDir: string, output?: string): Promise<string> {
  if (output !== undefined && output !== 'json')
    throw new UserError(`-o ${output} is not supported: use json.`, { exitCode: 2 })
  const directory = clusterDirectory(dataDir)
  const summaries = describeCertificates(await readPkiFiles(directory.pki))
  if (output === 'json') return JSON.stringify(summaries, undefined, 2)
  return table([
    ['NAME', 'SUBJECT', 'ISSUER', 'EXPIRES', 'REMAINING'],
    ...summaries.map((each) => row(each, systemClock.now())),
  ])
}

/**
 * `trierarch certs rotate`: makes new certificates with new keys, of authorities too where asked for, and lets a cluster
 * that runs go on with them.
 */
export async function rotateCertificates(
  dataDir: string,
  { ca = false }: { readonly ca?: boolean },
): Promise<string> {
  const directory = clusterDirectory(dataDir)
  const rotate: Rotation = ca ? 'authorities' : 'leaves'
  const { changed } = await rotated(directory, rotate)
  const count = changed.filter((name) => name.endsWith('.crt')).length
  const supervisor = readRunState(directory)?.supervisor
  if (!supervisor || !isRunning(supervisor))
    return `Made ${count} certificates, which the cluster will start with.`
  process.kill(supervisor.pid, CERTIFICATES_CHANGED)
  return `Made ${count} certificates; the cluster goes on with them.`
}

function rotated(directory: DataDirectory, rotate: Rotation): Promise<EnsuredPki> {
  const flags = resolveFlags({}, directory)
  const own = join(directory.pki, `${nodeFileNames(machineNodeName()).client}.crt`)
  const node = existsSync(own) ? 'containerd' : 'none'
  return ensureClusterPki(machinePki(directory, flags, node), { rotate })
}

function clusterDirectory(dataDir: string): DataDirectory {
  const directory = dataDirectory(dataDir)
  if (!existsSync(join(directory.pki, 'ca.crt')))
    throw new UserError(`There is no cluster in ${directory.path}.`)
  return directory
}

const DAY_MS = 86_400_000

function row(
  { name, subject, issuer, notAfter }: CertificateSummary,
  nowMs: number,
): readonly string[] {
  const days = Math.floor((Date.parse(notAfter) - nowMs) / DAY_MS)
  return [name, subject, issuer, notAfter, days < 0 ? 'expired' : `${days}d`]
}
