import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { serveGrpc, unaryMethod } from '../../src/grpc/grpc-server.node.ts'
import { DRA_PLUGIN } from '../../src/kubelet/dra/dra-messages.ts'
import { REGISTRATION } from '../../src/kubelet/plugins/registration.ts'

/** A driver of devices that knows what it was asked for. */
export interface TestDraDriver extends AsyncDisposable {
  /** `prepare NAME` and `unprepare NAME`, by the claim's name. */
  readonly calls: readonly string[]
  /** What it refuses to prepare with; empty where it does not. */
  problem: string
}

/** Serves a driver in the directory where plugins make themselves known; it may be there before the agent. */
export async function testDraDriver(dataDir: string, name: string): Promise<TestDraDriver> {
  const calls: string[] = []
  const driver = { problem: '' }
  const directory = join(dataDir, 'plugins_registry')
  await mkdir(directory, { recursive: true })
  const server = await serveGrpc(join(directory, `${name}.sock`), [
    unaryMethod(REGISTRATION.getInfo, () => ({
      type: 'DRAPlugin',
      name,
      supportedVersions: ['v1.DRAPlugin'],
    })),
    unaryMethod(REGISTRATION.notify, () => ({})),
    unaryMethod(DRA_PLUGIN.prepare('v1.DRAPlugin'), ({ claims }) => ({
      claims: claims.map((claim) => {
        calls.push(`prepare ${claim.name}`)
        const devices = [{ requestNames: ['one'], cdiDeviceIds: [`${name}/d=1`] }]
        const { problem } = driver
        return { key: claim.uid, value: problem === '' ? { devices } : { error: problem } }
      }),
    })),
    unaryMethod(DRA_PLUGIN.unprepare('v1.DRAPlugin'), ({ claims }) => ({
      claims: claims.map((claim) => {
        calls.push(`unprepare ${claim.name}`)
        return { key: claim.uid, value: {} }
      }),
    })),
  ])
  return Object.assign(driver, {
    calls,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  })
}
