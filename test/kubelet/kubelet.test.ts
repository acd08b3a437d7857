import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Lease } from '../../src/api/coordination/v1/lease.ts'
import { Node } from '../../src/api/core/v1/node.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { Secret } from '../../src/api/core/v1/secret.ts'
import type { WatchEvent } from '../../src/client/client.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { IMAGE, whyNoContainers } from '../containerd/test-node.node.ts'
import { FOREVER, shellPod, testKubelet, type TestKubelet } from './test-kubelet.node.ts'

const skip = await whyNoContainers()

describe('kubelet', { skip }, () => {
  let t: TestKubelet
  before(async () => {
    t = await testKubelet()
  })
  after(() => t[Symbol.asyncDispose]())

  const running = (pod: Pod): boolean => pod.status.phase === 'Running'
  const isReady = (pod: Pod): boolean => condition(pod, 'Ready')?.status === 'True'
  const remove = async (name: string): Promise<void> => {
    await t.client.delete(Pod, { namespace: 'default', name })
    await t.untilGone(name)
  }
  const log = (name: string, container = 'main', attempt = 0): Promise<string> =>
    eventually(async () => {
      const found = t.kubelet.find('default', name)?.container(container)
      const path = found?.logPath.replace(/\d+\.log$/, `${attempt}.log`)
      const text = path && (await readFile(path, 'utf8').catch(() => ''))
      return text ? text.replaceAll(/^\S+ \S+ \S+ /gm, '') : false
    })

  test('registers the node and keeps its lease', async () => {
    const node = await t.client.get(Node, { name: 'test' })
    assert.equal(node.metadata.labels?.['kubernetes.io/hostname'], 'test')
    assert.deepEqual(
      node.status.addresses?.map(({ type, address }) => `${type} ${address}`),
      ['InternalIP 192.0.2.1', 'Hostname test'],
    )
    const ready = node.status.conditions?.find(({ type }) => type === 'Ready')
    assert.equal(ready?.status, 'True')
    const lease = await eventually(() =>
      t.client
        .get(Lease, { namespace: 'kube-node-lease', name: 'test' })
        .catch(() => false as const),
    )
    assert.equal(lease.spec.holderIdentity, 'test')
    assert.equal(lease.metadata.ownerReferences?.[0]?.uid, node.metadata.uid)
  })

  test('runs a Pod, reports it and lets it go', async () => {
    await t.run(shellPod('plain', `hostname; cat /etc/hosts /etc/resolv.conf; ${FOREVER}`))
    const pod = await t.until('plain', running)
    assert.deepEqual(
      pod.status.conditions?.map(({ type, status }) => `${type} ${status}`),
      [
        'PodReadyToStartContainers True',
        'Initialized True',
        'Ready True',
        'ContainersReady True',
        'PodScheduled True',
      ],
    )
    const [status] = pod.status.containerStatuses!
    assert.match(status!.containerID!, /^containerd:\/\/[0-9a-f]{64}$/)
    assert.equal(status!.started, true)
    assert.ok(pod.status.podIP?.startsWith(`${t.node.subnet}.`))
    await eventually(async () => {
      const text = await log('plain')
      assert.match(text, /^plain\n/)
      assert.ok(text.includes(`${pod.status.podIP}\tplain\n`))
      assert.match(text, /search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local/)
      assert.match(text, /nameserver 10\.96\.0\.10\noptions ndots:5/)
      return true
    })
    assert.deepEqual(await eventually(() => allEvents(t, 'plain', 3)), [
      `Pulled Container image "${IMAGE}" already present on machine and can be accessed by the pod`,
      'Created Container created',
      'Started Container started',
    ])
    await remove('plain')
    assert.ok(
      (await eventually(() => allEvents(t, 'plain', 4))).includes(
        'Killing Stopping container main',
      ),
    )
    await eventually(async () => {
      const left = await t.node.runtime.listPodSandbox({
        labelSelector: { 'io.kubernetes.pod.name': 'plain' },
      })
      const directories = await readdir(join(t.node.dataDir, 'pods'))
      return left.length === 0 && !directories.includes(pod.metadata.uid)
    })
  })

  test('completes a Pod that is to run once, and fails one', async () => {
    for (const [name, code, phase] of [
      ['success', 0, 'Succeeded'],
      ['failure', 4, 'Failed'],
    ] as const) {
      const pod = shellPod(name, `exit ${code}`, {}, { restartPolicy: 'Never' })
      await t.run(pod)
      const done = await t.until(name, ({ status }) => status.phase === phase)
      const { terminated } = done.status.containerStatuses![0]!.state
      assert.equal(terminated?.exitCode, code)
      assert.equal(terminated.reason, code === 0 ? 'Completed' : 'Error')
      assert.equal(condition(done, 'Ready')?.reason, code === 0 ? 'PodCompleted' : 'PodFailed')
      await remove(name)
    }
  })

  test('starts crashed containers again, at once and then after a back-off', async () => {
    await t.run(shellPod('crash', 'echo bye > /dev/termination-log; exit 3'))
    const pod = await t.until(
      'crash',
      ({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'CrashLoopBackOff',
    )
    const [status] = pod.status.containerStatuses!
    const text = `crash_default(${pod.metadata.uid})`
    assert.equal(
      status!.state.waiting?.message,
      `back-off 10s restarting failed container=main pod=${text}`,
    )
    assert.equal(status!.restartCount, 1)
    assert.equal(status!.lastState.terminated?.message, 'bye\n')
    assert.ok(
      (await eventually(() => allEvents(t, 'crash', 4))).includes(
        `BackOff Back-off restarting failed container main in pod ${text}`,
      ),
    )
    await remove('crash')
  })

  test('gives containers their environment', async () => {
    await t.client.create(ConfigMap, {
      metadata: { name: 'settings', namespace: 'default' },
      data: { COLOUR: 'red', SIZE: 'big' },
    })
    await t.client.create(Secret, {
      metadata: { name: 'keys', namespace: 'default' },
      data: { token: btoa('secret') },
    })
    await t.run(
      shellPod('env', 'env | grep ^T_ | sort; sleep 100', {
        envFrom: [{ prefix: 'T_', configMapRef: { name: 'settings' } }],
        env: [
          { name: 'T_TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
          { name: 'T_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'T_ALL', value: '$(T_COLOUR) $(T_TOKEN) $$(T_NAME) $(NOTHING)' },
          {
            name: 'T_MISSING',
            valueFrom: { configMapKeyRef: { name: 'no', key: 'x', optional: true } },
          },
        ],
      }),
    )
    assert.equal(
      await log('env'),
      'T_ALL=red secret $(T_NAME) $(NOTHING)\nT_COLOUR=red\nT_NAME=env\nT_SIZE=big\nT_TOKEN=secret\n',
    )
    await remove('env')
  })

  test('gives containers what others of the Pod wrote for them', async () => {
    const volumeMounts = [{ name: 'shared', mountPath: '/shared' }]
    const fileKeyRef = { volumeName: 'shared', path: 'app.env', key: 'COLOUR' }
    const command = ['sh', '-c', 'echo COLOUR=blue > /shared/app.env']
    await t.run(
      shellPod(
        'env-file',
        'echo $COLOUR; sleep 100',
        { env: [{ name: 'COLOUR', valueFrom: { fileKeyRef } }] },
        {
          initContainers: [{ name: 'writes', image: IMAGE, command, volumeMounts }],
          volumes: [{ name: 'shared', emptyDir: {} }],
        },
      ),
    )
    assert.equal(await log('env-file'), 'blue\n')
    await remove('env-file')
  })

  test('waits for what a container refers to', async () => {
    await t.run(shellPod('refers', FOREVER, { envFrom: [{ configMapRef: { name: 'later' } }] }))
    const pod = await t.until(
      'refers',
      ({ status }) =>
        status.containerStatuses?.[0]?.state.waiting?.reason === 'CreateContainerConfigError',
    )
    assert.equal(
      pod.status.containerStatuses![0]!.state.waiting?.message,
      'configmap "later" not found',
    )
    await remove('refers')
  })

  test('runs init containers one after the other, sidecars along, and stops sidecars last', async () => {
    const say = (word: string) => `date +%s%N; echo ${word}`
    const until = 'trap "date +%s%N; exit 0" TERM; while true; do sleep 0.02; done'
    await t.run({
      metadata: { name: 'order', namespace: 'default' },
      spec: {
        terminationGracePeriodSeconds: 10,
        initContainers: [
          { name: 'first', image: IMAGE, command: ['sh', '-c', say('first')] },
          { name: 'side', image: IMAGE, command: ['sh', '-c', until], restartPolicy: 'Always' },
          { name: 'other', image: IMAGE, command: ['sh', '-c', until], restartPolicy: 'Always' },
          { name: 'last', image: IMAGE, command: ['sh', '-c', say('last')] },
        ],
        containers: [{ name: 'main', image: IMAGE, command: ['sh', '-c', until] }],
      },
    })
    const pod = await t.until('order', isReady)
    const started = [...pod.status.initContainerStatuses!, ...pod.status.containerStatuses!]
    assert.deepEqual(
      started.map(({ name, ready }) => `${name} ${ready}`),
      ['first true', 'side true', 'other true', 'last true', 'main true'],
    )
    const id = `${pod.metadata.namespace}_order_${pod.metadata.uid}`
    const ended = async (name: string): Promise<bigint> => {
      const runs = await t.node.runtime.listContainers({
        labelSelector: {
          'io.kubernetes.pod.uid': pod.metadata.uid,
          'io.kubernetes.container.name': name,
        },
      })
      return (await t.node.runtime.containerStatus(runs[0]!.id)).status!.finishedAt
    }
    assert.ok((await ended('first')) < (await ended('last')), id)
    const finished = t.client.watch(Pod, {
      namespace: 'default',
      resourceVersion: pod.metadata.resourceVersion,
    })
    await t.client.delete(Pod, { namespace: 'default', name: 'order' })
    const last = await lastState(finished, 'order')
    const order = ['main', 'other', 'side'].map((name) =>
      [...last!.status.initContainerStatuses!, ...last!.status.containerStatuses!].find(
        (each) => each.name === name,
      ),
    )
    assert.deepEqual(
      order.map((each) => each?.state.terminated?.exitCode),
      [0, 0, 0],
    )
  })

  test('probes decide on readiness, start and restarts', async () => {
    await t.run(
      shellPod('probed', `touch /tmp/alive; ${FOREVER}`, {
        startupProbe: {
          exec: { command: ['test', '-e', '/tmp/started'] },
          periodSeconds: 1,
          failureThreshold: 30,
        },
        readinessProbe: {
          exec: { command: ['test', '-e', '/tmp/ready'] },
          periodSeconds: 1,
          failureThreshold: 1,
        },
        livenessProbe: {
          exec: { command: ['cat', '/tmp/alive'] },
          periodSeconds: 1,
          failureThreshold: 1,
          terminationGracePeriodSeconds: 1,
        },
      }),
    )
    await t.until('probed', running)
    const status = (pod: Pod) => pod.status.containerStatuses![0]!
    const run = async (...command: string[]) => {
      const { id } = t.kubelet.find('default', 'probed')!.container('main')!
      await t.node.runtime.execSync(id, command, 5)
    }
    assert.equal(status(await t.get('probed')).started, false)
    await run('touch', '/tmp/started')
    await t.until('probed', (pod) => status(pod).started === true && !status(pod).ready)
    await run('touch', '/tmp/ready')
    const pod = await t.until('probed', isReady)
    assert.equal(status(pod).restartCount, 0)
    await run('rm', '/tmp/alive')
    await t.until('probed', (each) => status(each).restartCount === 1)
    const told = await eventually(() => allEvents(t, 'probed', 6))
    assert.ok(told.includes('Killing Container main failed liveness probe, will be restarted'))
    assert.ok(
      told.some((text) =>
        text.startsWith("Unhealthy Liveness probe failed: cat: can't open '/tmp/alive'"),
      ),
      told.join('\n'),
    )
    await remove('probed')
  })

  test('HTTP probes and hooks reach the container', async () => {
    await t.run(
      shellPod('web', `mkdir /www; echo hi > /www/index.html; exec httpd -f -h /www`, {
        ports: [{ name: 'http', containerPort: 80 }],
        readinessProbe: { httpGet: { port: 'http', path: '/index.html' }, periodSeconds: 1 },
        lifecycle: { postStart: { exec: { command: ['touch', '/tmp/hooked'] } } },
      }),
    )
    await t.until('web', isReady)
    const { id } = t.kubelet.find('default', 'web')!.container('main')!
    const hooked = await t.node.runtime.execSync(id, ['test', '-e', '/tmp/hooked'], 5)
    assert.equal(hooked.exitCode, 0)
    await t.node.runtime.execSync(id, ['rm', '/www/index.html'], 5)
    await t.until('web', (pod) => !isReady(pod))
    assert.ok(
      (await t.events('web')).includes(
        'Unhealthy Readiness probe failed: HTTP probe failed with statuscode: 404',
      ),
    )
    await remove('web')
  })

  test('a deadline ends a Pod', async () => {
    await t.run(shellPod('deadline', FOREVER, {}, { activeDeadlineSeconds: 1 }))
    const failed = await t.until('deadline', ({ status }) => status.phase === 'Failed')
    assert.equal(failed.status.reason, 'DeadlineExceeded')
    assert.equal(
      failed.status.message,
      'Pod was active on the node longer than the specified deadline',
    )
    await remove('deadline')
  })

  test('refuses to run as root where that is forbidden', async () => {
    await t.run(shellPod('nonroot', FOREVER, { securityContext: { runAsNonRoot: true } }))
    const pod = await t.until(
      'nonroot',
      ({ status }) =>
        status.containerStatuses?.[0]?.state.waiting?.reason === 'CreateContainerConfigError',
    )
    assert.equal(
      pod.status.containerStatuses![0]!.state.waiting?.message,
      `container has runAsNonRoot and image will run as root (pod: "nonroot_default(${pod.metadata.uid})", container: main)`,
    )
    await remove('nonroot')
  })

  test('gives a Pod users of its own, or says that the runtime cannot', async () => {
    const { runtimeHandlers } = await t.node.runtime.status()
    const canDo = runtimeHandlers.some(({ features }) => features?.userNamespaces)
    await t.run(shellPod('users', `cat /proc/self/uid_map; ${FOREVER}`, {}, { hostUsers: false }))
    if (canDo) assert.match(await log('users'), /^ *0 +\d{5,} +65536$/m)
    else {
      const why = "can't set `spec.hostUsers: false`, runtime does not support user namespaces"
      await eventually(async () =>
        (await t.events('users')).some((event) =>
          event.startsWith(`FailedCreatePodSandBox Failed to create pod sandbox: ${why}`),
        ),
      )
    }
    await remove('users')
  })

  test('limits what containers use', async () => {
    const files = '/sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max'
    await t.run(
      shellPod('limited', `cat ${files} 2>/dev/null; ${FOREVER}`, {
        resources: { limits: { cpu: '100m', memory: '64Mi' } },
      }),
    )
    assert.equal(await log('limited'), `${64 * 2 ** 20}\n`)
    const pod = await t.until('limited', running)
    assert.equal(pod.status.qosClass, 'Guaranteed')
    assert.deepEqual(pod.status.containerStatuses![0]!.allocatedResources, {
      cpu: '100m',
      memory: '64Mi',
    })
    await remove('limited')
  })

  test('resizes a container while it runs', async () => {
    const script = `while true; do cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; sleep 0.1; done`
    const resources = (memory: string) => ({ limits: { memory }, requests: { memory } })
    await t.run(shellPod('resized', script, { resources: resources('64Mi') }))
    const pod = await t.until('resized', running)
    const [container] = pod.spec.containers
    await t.client.updateSubresource(Pod, pod.metadata, 'resize', {
      ...pod,
      spec: { ...pod.spec, containers: [{ ...container, resources: resources('128Mi') }] },
    })
    await eventually(async () => (await log('resized')).includes(`${128 * 2 ** 20}\n`))
    const now = await t.until(
      'resized',
      ({ status }) => status.containerStatuses![0]!.resources?.limits?.['memory'] === '128Mi',
    )
    assert.equal(now.status.containerStatuses![0]!.restartCount, 0)
    assert.equal(condition(now, 'PodResizeInProgress'), undefined)
    await remove('resized')
  })

  test('resizes a Pod as a whole while it runs', async () => {
    const resources = (memory: string) => ({ limits: { memory }, requests: { memory } })
    await t.run(shellPod('whole', FOREVER, {}, { resources: resources('64Mi') }))
    const pod = await t.until('whole', running)
    assert.deepEqual(pod.status.resources, resources('64Mi'))
    await t.client.updateSubresource(Pod, pod.metadata, 'resize', {
      ...pod,
      spec: { ...pod.spec, resources: resources('128Mi') },
    })
    const now = await t.until(
      'whole',
      ({ status }) => status.resources?.limits?.['memory'] === '128Mi',
    )
    assert.deepEqual(now.status.allocatedResources, { memory: '128Mi' })
    assert.equal(now.status.containerStatuses![0]!.restartCount, 0)
    const [limit] = globSync([
      `/sys/fs/cgroup/memory${t.node.cgroup}/**/pod${pod.metadata.uid}/memory.limit_in_bytes`,
      `/sys/fs/cgroup${t.node.cgroup}/**/pod${pod.metadata.uid}/memory.max`,
    ])
    assert.equal(Number(await readFile(limit!, 'utf8')), 128 * 2 ** 20)
    await remove('whole')
  })

  test('tells that the kernel killed a container for its memory', async () => {
    await t.run(
      shellPod(
        'greedy',
        'x=$(yes | head -c 100000000); sleep 1',
        { resources: { limits: { memory: '20Mi' } } },
        { restartPolicy: 'Never' },
      ),
    )
    const pod = await t.until('greedy', ({ status }) => status.phase === 'Failed')
    const { terminated } = pod.status.containerStatuses![0]!.state
    assert.equal(terminated?.reason, 'OOMKilled')
    assert.equal(terminated.exitCode, 137)
    await remove('greedy')
  })

  test('preStop hooks run before containers are told to stop', async () => {
    await t.run(
      shellPod(
        'hooked',
        'trap "cat /tmp/said > /dev/termination-log; exit 0" TERM; while true; do sleep 0.05; done',
        { lifecycle: { preStop: { exec: { command: ['sh', '-c', 'echo bye > /tmp/said'] } } } },
        { restartPolicy: 'Never', terminationGracePeriodSeconds: 20 },
      ),
    )
    const pod = await t.until('hooked', running)
    const events = t.client.watch(Pod, {
      namespace: 'default',
      resourceVersion: pod.metadata.resourceVersion,
    })
    await t.client.delete(Pod, { namespace: 'default', name: 'hooked' })
    const last = await lastState(events, 'hooked')
    assert.equal(last?.status.containerStatuses![0]!.state.terminated?.message, 'bye\n')
    assert.equal(last.status.phase, 'Succeeded')
  })

  test('a shorter grace period overtakes a longer one', async () => {
    await t.run(
      shellPod(
        'stubborn',
        'trap "" TERM; while true; do sleep 0.05; done',
        {},
        {
          terminationGracePeriodSeconds: 600,
        },
      ),
    )
    await t.until('stubborn', running)
    await t.client.delete(Pod, { namespace: 'default', name: 'stubborn' })
    await eventually(async () =>
      (await t.events('stubborn')).includes('Killing Stopping container main'),
    )
    await t.client.delete(
      Pod,
      { namespace: 'default', name: 'stubborn' },
      { gracePeriodSeconds: 1 },
    )
    await t.untilGone('stubborn')
  })

  test('debug containers join a Pod that runs', async () => {
    await t.run(shellPod('debugged', FOREVER))
    const pod = await t.until('debugged', running)
    await t.client.updateSubresource(Pod, pod.metadata, 'ephemeralcontainers', {
      ...pod,
      spec: {
        ...pod.spec,
        ephemeralContainers: [
          {
            name: 'debugger',
            image: IMAGE,
            command: ['sh', '-c', 'ps | grep -c "[w]hile true"; sleep 100'],
            targetContainerName: 'main',
            resources: {},
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
            imagePullPolicy: 'IfNotPresent',
          },
        ],
      },
    })
    await t.until(
      'debugged',
      ({ status }) => status.ephemeralContainerStatuses?.[0]?.state.running !== undefined,
    )
    assert.equal(await log('debugged', 'debugger'), '1\n')
    await remove('debugged')
  })

  test("shares the node's network and processes where asked", async () => {
    await t.run(shellPod('host', `hostname; ${FOREVER}`, {}, { hostNetwork: true, hostPID: true }))
    const pod = await t.until('host', running)
    assert.equal(pod.status.podIP, '192.0.2.1')
    assert.equal((await log('host')).trim(), hostname())
    await remove('host')
  })

  test('runs as who is asked, with what is allowed', async () => {
    const script =
      'id -u; id -G; touch /x 2>/dev/null || echo readonly; grep ^Cap[BE] /proc/self/status'
    await t.run(
      shellPod(
        'user',
        `${script}; ${FOREVER}`,
        {
          securityContext: {
            runAsNonRoot: true,
            readOnlyRootFilesystem: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
          },
        },
        {
          securityContext: {
            runAsUser: 1000,
            runAsGroup: 3000,
            fsGroup: 2000,
            supplementalGroups: [4000],
          },
        },
      ),
    )
    await eventually(async () => {
      const text = await log('user')
      assert.match(text, /^1000\n3000 2000 4000\nreadonly\nCapEff:\t0+\nCapBnd:\t0+\n/)
      return true
    })
    await remove('user')
  })

  test('a sandbox that dies is made anew, and its containers with it', async () => {
    await t.run(shellPod('phoenix', FOREVER))
    const before = await t.until('phoenix', running)
    await t.node.runtime.stopPodSandbox(t.kubelet.find('default', 'phoenix')!.sandboxId!)
    const after = await t.until(
      'phoenix',
      (pod) => isReady(pod) && pod.status.containerStatuses![0]!.restartCount > 0,
    )
    assert.notEqual(after.status.podIP, before.status.podIP)
    assert.deepEqual(after.status.podIPs, [{ ip: after.status.podIP }])
    await remove('phoenix')
  })

  test('looks after its containers while the API server is away, and reports afterwards', async () => {
    await t.run(shellPod('alone', FOREVER))
    await t.until('alone', running)
    const run = () => t.kubelet.find('default', 'alone')!.container('main')!
    const { id } = run()
    t.setApiDown(true)
    try {
      await t.node.runtime.stopContainer(id, 1)
      await eventually(() => run().id !== id && run().state === 'running')
    } finally {
      t.setApiDown(false)
    }
    const pod = await t.until(
      'alone',
      (each) => each.status.containerStatuses![0]!.restartCount === 1,
    )
    assert.equal(isReady(pod), true)
    await remove('alone')
  })

  test('takes over what runs when it starts again, and stops what was deleted meanwhile', async () => {
    await t.run(shellPod('keeps', FOREVER))
    await t.run(shellPod('leaves', FOREVER))
    const before = await t.until('keeps', running)
    const leaving = await t.until('leaves', running)
    await t.restart(() =>
      t.client.delete(Pod, { namespace: 'default', name: 'leaves' }, { gracePeriodSeconds: 0 }),
    )
    await eventually(async () => {
      const left = await t.node.runtime.listPodSandbox({
        labelSelector: { 'io.kubernetes.pod.uid': leaving.metadata.uid },
      })
      return left.length === 0
    })
    const now = await t.get('keeps')
    assert.deepEqual(now.status, before.status)
    await remove('keeps')
  })

  test('many Pods start at once', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `many-${i}`)
    await Promise.all(names.map((name) => t.run(shellPod(name, FOREVER))))
    await Promise.all(names.map((name) => t.until(name, running)))
    await Promise.all(names.map(remove))
  })
})

function condition({ status }: Pod, type: string) {
  return status.conditions?.find((each) => each.type === type)
}

/** How a Pod was just before it was gone. */
async function lastState(
  events: AsyncIterable<WatchEvent<Pod>>,
  name: string,
): Promise<Pod | undefined> {
  let last: Pod | undefined
  for await (const event of events) {
    if (event.type === 'BOOKMARK' || event.object.metadata.name !== name) continue
    if (event.type === 'DELETED') break
    last = event.object
  }
  return last
}

async function allEvents(
  t: TestKubelet,
  name: string,
  count: number,
): Promise<readonly string[] | false> {
  const events = await t.events(name)
  return events.length >= count && events
}
