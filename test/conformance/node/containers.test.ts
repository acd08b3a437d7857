import assert from 'node:assert/strict'
import { before, describe } from 'node:test'
import { Node } from '../../../src/api/core/v1/node.ts'
import type { ContainerStatus } from '../../../src/api/core/v1/common.ts'
import type { Pod } from '../../../src/api/core/v1/pod.ts'
import { quantityMilliValue, quantityValue } from '../../../src/schema/quantity.ts'
import { whyNoNodeCluster } from '../../kubelet/node-cluster.node.ts'
import { conformance } from '../conformance.ts'
import { IMAGE, nodeSuite, once, shell } from './node-suite.node.ts'

const skip = await whyNoNodeCluster()

describe('containers', { skip, concurrency: 8 }, () => {
  const suite = nodeSuite()

  describe('commands and arguments', () => {
    const ENTRY = 'localhost/entry:1'
    before(() =>
      suite().loadImage({
        name: ENTRY,
        cmd: ['default', 'arguments'],
        config: { Entrypoint: ['echo', 'entry'] },
      }),
    )
    const says = async (name: string, container: object): Promise<string> => {
      const namespace = await suite().namespace(name)
      const containers = [{ name: 'main', image: ENTRY, ...container }]
      return suite().output(namespace, once(name, '', {}, { containers }))
    }

    conformance(
      '[sig-node] Containers should use the image defaults if command and args are blank [Conformance] [NodeConformance]',
      async () => assert.equal(await says('defaults', {}), 'entry default arguments\n'),
    )

    conformance(
      "[sig-node] Containers should be able to override the image's default arguments (container cmd) [Conformance] [NodeConformance]",
      async () => assert.equal(await says('args', { args: ['own'] }), 'entry own\n'),
    )

    conformance(
      "[sig-node] Containers should be able to override the image's default command (container entrypoint) [Conformance] [NodeConformance]",
      async () => assert.equal(await says('command', { command: ['echo', 'own'] }), 'own\n'),
    )

    conformance(
      "[sig-node] Containers should be able to override the image's default command and arguments [Conformance] [NodeConformance]",
      async () => {
        const said = await says('both', { command: ['echo', 'own'], args: ['words'] })
        assert.equal(said, 'own words\n')
      },
    )
  })

  describe('variables', () => {
    conformance(
      '[sig-node] Variable Expansion should allow composing env vars into new env vars [Conformance] [NodeConformance]',
      async () => {
        const namespace = await suite().namespace('composed')
        const env = [
          { name: 'FOO', value: 'foo-value' },
          { name: 'BAR', value: 'bar-value' },
          { name: 'FOOBAR', value: '$(FOO);;$(BAR)' },
        ]
        const said = await suite().output(namespace, once('composed', 'echo $FOOBAR', { env }))
        assert.equal(said, 'foo-value;;bar-value\n')
      },
    )

    const env = [{ name: 'TEST_VAR', value: 'test-value' }]

    conformance(
      "[sig-node] Variable Expansion should allow substituting values in a container's command [Conformance] [NodeConformance]",
      async () => {
        const namespace = await suite().namespace('in-command')
        const command = ['sh', '-c', 'echo "$(TEST_VAR)"']
        const said = await suite().output(namespace, once('in-command', '', { command, env }))
        assert.equal(said, 'test-value\n')
      },
    )

    conformance(
      "[sig-node] Variable Expansion should allow substituting values in a container's args [Conformance] [NodeConformance]",
      async () => {
        const namespace = await suite().namespace('in-args')
        const container = { command: ['sh', '-c'], args: ['echo "$(TEST_VAR)"'], env }
        const said = await suite().output(namespace, once('in-args', '', container))
        assert.equal(said, 'test-value\n')
      },
    )
  })

  describe('downward API', () => {
    const field = (name: string, fieldPath: string) => ({
      name,
      valueFrom: { fieldRef: { fieldPath } },
    })
    const resource = (name: string, of: string, divisor?: string) => ({
      name,
      valueFrom: { resourceFieldRef: { resource: of, ...(divisor && { divisor }) } },
    })
    const tells = async (
      name: string,
      env: readonly { readonly name: string }[],
      container: object = {},
    ): Promise<{ readonly pod: Pod; readonly said: readonly string[] }> => {
      const namespace = await suite().namespace(name)
      const script = env.map((each) => `echo $${each.name}`).join('; ')
      const asked = await suite().run(
        namespace,
        once(name, script, { env: [...env], ...container }),
      )
      const said = (await suite().log(asked)).trim().split('\n')
      return { pod: await suite().until(asked, ({ status }) => status.podIP !== undefined), said }
    }

    conformance(
      '[sig-node] Downward API should provide pod name, namespace and IP address as env vars [Conformance] [NodeConformance]',
      async () => {
        const { pod, said } = await tells('names', [
          field('POD_NAME', 'metadata.name'),
          field('POD_NAMESPACE', 'metadata.namespace'),
          field('POD_IP', 'status.podIP'),
        ])
        assert.deepEqual(said, ['names', 'names', pod.status.podIP])
      },
    )

    conformance(
      '[sig-node] Downward API should provide host IP as an env var [Conformance] [NodeConformance]',
      async () => {
        const { said } = await tells('host-ip', [field('HOST_IP', 'status.hostIP')])
        assert.deepEqual(said, [suite().address])
      },
    )

    conformance(
      '[sig-node] Downward API should provide hostIPs as an env var [Conformance] [NodeConformance]',
      async () => {
        const { said } = await tells('host-ips', [field('HOST_IPS', 'status.hostIPs')])
        assert.deepEqual(said, [suite().address])
      },
    )

    conformance(
      '[sig-node] Downward API should provide pod UID as env vars [Conformance] [NodeConformance]',
      async () => {
        const { pod, said } = await tells('pod-uid', [field('POD_UID', 'metadata.uid')])
        assert.deepEqual(said, [pod.metadata.uid])
      },
    )

    const amounts = [resource('CPU_LIMIT', 'limits.cpu'), resource('MEMORY_LIMIT', 'limits.memory')]

    conformance(
      "[sig-node] Downward API should provide container's limits.cpu/memory and requests.cpu/memory as env vars [Conformance] [NodeConformance]",
      async () => {
        const resources = {
          requests: { cpu: '250m', memory: '32Mi' },
          limits: { cpu: '1250m', memory: '64Mi' },
        }
        const asked = [
          ...amounts,
          resource('CPU_REQUEST', 'requests.cpu'),
          resource('MEMORY_REQUEST', 'requests.memory'),
        ]
        const { said } = await tells('amounts', asked, { resources })
        assert.deepEqual(said, ['2', '67108864', '1', '33554432'])
      },
    )

    conformance(
      '[sig-node] Downward API should provide default limits.cpu/memory from node allocatable [Conformance] [NodeConformance]',
      async () => {
        const { status } = await suite().client.get(Node, { name: suite().nodeName })
        const { said } = await tells('allocatable', amounts)
        const cpus = Math.ceil(quantityMilliValue(status.allocatable?.['cpu']) / 1000)
        const bytes = quantityValue(status.allocatable?.['memory'])
        assert.deepEqual(said, [String(cpus), String(bytes)])
      },
    )
  })

  describe('termination messages', () => {
    const message = async (name: string, pod: ReturnType<typeof once>): Promise<string> => {
      const asked = await suite().run(await suite().namespace(name), pod)
      const ended = await suite().until(asked, ({ status }) =>
        ['Succeeded', 'Failed'].includes(status.phase),
      )
      return ended.status.containerStatuses![0]!.state.terminated!.message ?? ''
    }
    const FallbackToLogsOnError = { terminationMessagePolicy: 'FallbackToLogsOnError' } as const

    conformance(
      '[sig-node] Container Runtime blackbox test on terminated container should report termination message if TerminationMessagePath is set as non-root user and at a non-default path [Conformance] [NodeConformance]',
      async () => {
        const path = '/dev/termination-custom-log'
        const pod = once('custom-path', `echo -n DONE > ${path}`, {
          terminationMessagePath: path,
          securityContext: { runAsUser: 1000 },
        })
        assert.equal(await message('custom-path', pod), 'DONE')
      },
    )

    conformance(
      '[sig-node] Container Runtime blackbox test on terminated container should report termination message from log output if TerminationMessagePolicy FallbackToLogsOnError is set [Conformance] [NodeConformance]',
      async () => {
        const pod = once('from-log', 'echo -n DONE; exit 1', FallbackToLogsOnError)
        assert.equal(await message('from-log', pod), 'DONE')
      },
    )

    conformance(
      '[sig-node] Container Runtime blackbox test on terminated container should report termination message as empty when pod succeeds and TerminationMessagePolicy FallbackToLogsOnError is set [Conformance] [NodeConformance]',
      async () => {
        const pod = once('no-message', 'echo DONE; exit 0', FallbackToLogsOnError)
        assert.equal(await message('no-message', pod), '')
      },
    )

    conformance(
      '[sig-node] Container Runtime blackbox test on terminated container should report termination message from file when pod succeeds and TerminationMessagePolicy FallbackToLogsOnError is set [Conformance] [NodeConformance]',
      async () => {
        const script = 'echo -n OK > /dev/termination-log; echo DONE; exit 0'
        const pod = once('from-file', script, FallbackToLogsOnError)
        assert.equal(await message('from-file', pod), 'OK')
      },
    )
  })

  conformance(
    '[sig-node] Container Runtime blackbox test when starting a container that exits should run with the expected status [Conformance] [NodeConformance]',
    async () => {
      const namespace = await suite().namespace('exits')
      // Fails the first time, succeeds the second, and goes on the third; its runs share a volume.
      const script =
        'cd /shared; echo >> runs; case $(wc -l < runs) in 1) exit 1;; 2) exit 0;; esac; sleep 1000'
      const volumeMounts = [{ name: 'shared', mountPath: '/shared' }]
      const cases = [
        { policy: 'Always', phase: 'Running', restarts: 2, ready: true },
        { policy: 'OnFailure', phase: 'Succeeded', restarts: 1, ready: false },
        { policy: 'Never', phase: 'Failed', restarts: 0, ready: false },
      ] as const
      for (const { policy, phase, restarts, ready } of cases) {
        const pod = shell(
          `exits-${policy.toLowerCase()}`,
          script,
          { volumeMounts },
          {
            restartPolicy: policy,
            volumes: [{ name: 'shared', emptyDir: {} }],
          },
        )
        const asked = await suite().run(namespace, pod)
        const reached = await suite().until(asked, ({ status }) => {
          const [container] = status.containerStatuses ?? []
          return (
            status.phase === phase &&
            container?.restartCount === restarts &&
            container.ready === ready
          )
        })
        const [{ state }] = reached.status.containerStatuses as [ContainerStatus]
        assert.deepEqual(Object.keys(state), [phase === 'Running' ? 'running' : 'terminated'])
      }
    },
  )

  describe('users and rights', () => {
    const said = async (name: string, script: string, container: object, spec: object = {}) =>
      suite().output(await suite().namespace(name), once(name, script, container, spec))

    conformance(
      '[sig-node] Security Context When creating a container with runAsUser should run the container with uid 65534 [LinuxOnly] [Conformance] [NodeConformance]',
      async () => {
        const securityContext = { runAsUser: 65534 }
        assert.equal(await said('nobody', 'id -u', { securityContext }), '65534\n')
      },
    )

    conformance(
      '[sig-node] Security Context should support container.SecurityContext.RunAsUser And container.SecurityContext.RunAsGroup [LinuxOnly] [Conformance]',
      async () => {
        const securityContext = { runAsUser: 1001, runAsGroup: 2002 }
        assert.equal(await said('own-ids', 'id -u; id -g', { securityContext }), '1001\n2002\n')
      },
    )

    conformance(
      '[sig-node] Security Context should support pod.Spec.SecurityContext.RunAsUser And pod.Spec.SecurityContext.RunAsGroup [LinuxOnly] [Conformance]',
      async () => {
        const securityContext = { runAsUser: 1001, runAsGroup: 2002 }
        assert.equal(await said('pod-ids', 'id -u; id -g', {}, { securityContext }), '1001\n2002\n')
      },
    )

    conformance(
      '[sig-node] Security Context When creating a pod with privileged should run the container as unprivileged when false [LinuxOnly] [Conformance] [NodeConformance]',
      async () => {
        const script = 'ip link add dummy0 type bridge || true'
        const text = await said('unprivileged', script, { securityContext: { privileged: false } })
        assert.match(text, /Operation not permitted/)
      },
    )

    conformance(
      '[sig-node] Security Context When creating a pod with readOnlyRootFilesystem should run the container with writable rootfs when readOnlyRootFilesystem=false [Conformance] [NodeConformance]',
      async () => {
        const securityContext = { readOnlyRootFilesystem: false }
        assert.equal(await said('writable', 'touch /file && echo ok', { securityContext }), 'ok\n')
      },
    )

    conformance(
      '[sig-node] Kubelet when scheduling a read only busybox container should not write to root filesystem [LinuxOnly] [Conformance] [NodeConformance]',
      async () => {
        const script = 'echo test > /file; sleep 0.1; cat /file 2>/dev/null; true'
        const securityContext = { readOnlyRootFilesystem: true }
        assert.match(await said('read-only', script, { securityContext }), /Read-only file system/)
      },
    )

    conformance(
      '[sig-node] Security Context when creating containers with AllowPrivilegeEscalation should not allow privilege escalation when false [LinuxOnly] [Conformance] [NodeConformance]',
      async () => {
        const script = 'grep NoNewPrivs /proc/self/status; id -u'
        const securityContext = { allowPrivilegeEscalation: false, runAsUser: 1000 }
        assert.equal(
          await said('no-escalation', script, { securityContext }),
          'NoNewPrivs:\t1\n1000\n',
        )
      },
    )

    conformance(
      '[sig-node] Sysctls [LinuxOnly] should support sysctls [Environment:NotInUserNS] [Conformance] [NodeConformance]',
      async () => {
        const sysctls = [{ name: 'kernel.shm_rmid_forced', value: '1' }]
        const script = 'cat /proc/sys/kernel/shm_rmid_forced'
        assert.equal(await said('sysctls', script, {}, { securityContext: { sysctls } }), '1\n')
      },
    )
  })

  describe('/etc/hosts', () => {
    conformance(
      '[sig-node] Kubelet when scheduling an agnhost Pod with hostAliases should write entries to /etc/hosts [Conformance] [NodeConformance]',
      async () => {
        const namespace = await suite().namespace('aliases')
        const hostAliases = [{ ip: '123.45.67.89', hostnames: ['foo', 'bar'] }]
        const pod = once('aliases', 'cat /etc/hosts', {}, { hostAliases })
        assert.match(await suite().output(namespace, pod), /^123\.45\.67\.89\tfoo\tbar$/m)
      },
    )

    conformance(
      '[sig-node] KubeletManagedEtcHosts should test kubelet managed /etc/hosts file [Conformance] [NodeConformance]',
      async () => {
        const namespace = await suite().namespace('hosts')
        const MANAGED = '# Kubernetes-managed hosts file.'
        const command = ['cat', '/etc/hosts']
        const volumes = [{ name: 'hosts', hostPath: { path: '/etc/hosts' } }]
        const volumeMounts = [{ name: 'hosts', mountPath: '/etc/hosts' }]
        const containers = [
          { name: 'main', image: IMAGE, command },
          { name: 'mounts', image: IMAGE, command, volumeMounts },
        ]
        const spec = { containers, volumes }
        const pod = await suite().run(namespace, once('hosts', '', {}, spec))
        assert.ok((await suite().log(pod, 'main')).startsWith(MANAGED))
        assert.ok(!(await suite().log(pod, 'mounts')).startsWith(MANAGED))
        const onHost = once('hosts-host', '', {}, { ...spec, hostNetwork: true })
        const host = await suite().run(namespace, onHost)
        for (const name of ['main', 'mounts'])
          assert.ok(!(await suite().log(host, name)).startsWith(`${MANAGED}\n`), name)
      },
    )
  })
})
