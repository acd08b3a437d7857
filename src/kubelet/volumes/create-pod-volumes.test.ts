import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Pod } from '../../api/core/v1/pod.ts'
import { silentLogger } from '../../base/logger.ts'
import { seededRandom } from '../../base/random.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import type { Client } from '../../client/client.ts'
import { createInformers } from '../../client/shared-informers.ts'
import { createEventRecorder } from '../../controller-runtime/event-recorder.ts'
import { createPodVolumes } from './create-pod-volumes.node.ts'
import { isMounted, unmountBelow } from './mounts.node.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

test(
  'createPodVolumes() keeps tokens in memory, renews them, and lets everything go',
  { skip },
  async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'trierarch-volumes-'))
    t.after(async () => {
      await unmountBelow(dataDir)
      await rm(dataDir, { recursive: true })
    })
    const clock = virtualClock()
    let [issued, isDown] = [0, false]
    const client = {
      async createSubresource() {
        if (isDown) throw new Error('connect ECONNREFUSED')
        issued += 1
        const expirationTimestamp = new Date(clock.now() + 1_000_000).toISOString()
        return { status: { token: `token ${issued}`, expirationTimestamp } }
      },
    } as unknown as Client
    const pod = {
      metadata: { uid: 'u', namespace: 'n', name: 'p' },
      spec: {
        containers: [{ name: 'c', securityContext: { runAsUser: 1000 } }],
        serviceAccountName: 'sa',
        volumes: [
          {
            name: 'tok',
            projected: {
              defaultMode: 0o644,
              sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 1000 } }],
            },
          },
          { name: 'empty', emptyDir: {} },
        ],
      },
      status: {},
    } as unknown as Pod
    const shared = { client, clock, random: seededRandom(1), logger: silentLogger }
    await using volumes = createPodVolumes({
      ...shared,
      nodeName: 'test',
      informers: createInformers(shared),
      recorder: createEventRecorder({ ...shared, component: 'kubelet' }),
      dataDir,
    })
    const mounted = await volumes.setUp(pod, AbortSignal.timeout(60_000))
    const token = join(mounted.get('tok')!.hostPath, 'token')
    assert.equal(await isMounted(mounted.get('tok')!.hostPath), true)
    const { uid, mode } = await stat(token)
    assert.deepEqual({ uid, mode: mode & 0o777 }, { uid: 1000, mode: 0o600 })
    assert.equal((await stat(mounted.get('empty')!.hostPath)).mode & 0o777, 0o777)

    await clock.advance(799_000)
    await volumes.refresh(pod)
    assert.equal(await readFile(token, 'utf8'), 'token 1')
    isDown = true
    await clock.advance(2000)
    await volumes.refresh(pod) // Keeps the token that is valid still.
    assert.equal(await readFile(token, 'utf8'), 'token 1')
    isDown = false
    await clock.advance(61_000)
    await volumes.refresh(pod)
    assert.equal(await readFile(token, 'utf8'), 'token 2')

    await volumes.tearDown('u')
    await volumes.tearDown('u')
    await assert.rejects(stat(mounted.get('tok')!.hostPath))
    assert.equal(clock.msUntilNext(), undefined)

    const late = volumes.setUp(pod, AbortSignal.timeout(60_000))
    await volumes[Symbol.asyncDispose]()
    await late
    assert.equal(clock.msUntilNext(), undefined)
  },
)
