import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestCluster } from '../test-cluster.node.ts'

/** What users get wrong in YAML. */
export function wrongYamlSteps(cluster: () => TestCluster): void {
  test('YAML with several mistakes names them all and creates nothing', async () => {
    const { kubectl, tryKubectl } = cluster()
    const { code, stderr } = await tryKubectl('apply -f -', { input: MISTAKES })
    assert.equal(code, 1)
    assert.match(stderr, /^The Deployment "wrong" is invalid: $/m)
    for (const said of SAID) assert.ok(stderr.includes(`\n* ${said}`), `${said} in ${stderr}`)
    assert.equal(await kubectl('get deploy,rs,pods -l app=wrong -o name'), '')
    assert.match((await tryKubectl('get deploy wrong')).stderr, /"wrong" not found/)
  })

  test('an unknown field fails, warns or goes by as fieldValidation says', async () => {
    const { kubectl, tryKubectl } = cluster()
    const input = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: odd\ndatum:\n  a: b\n'
    const strict = await tryKubectl('create --validate=strict -f -', { input })
    assert.equal(strict.code, 1)
    assert.match(strict.stderr, /strict decoding error: unknown field "datum"/)
    assert.match((await tryKubectl('get configmap odd')).stderr, /not found/)
    const warned = await tryKubectl('create --validate=warn -f -', { input })
    assert.deepEqual([warned.code, warned.stdout], [0, 'configmap/odd created\n'])
    assert.equal(warned.stderr, 'Warning: unknown field "datum"\n')
    await kubectl('delete configmap odd')
    const ignored = await tryKubectl('create --validate=ignore -f -', { input })
    assert.deepEqual([ignored.code, ignored.stderr], [0, ''])
    await kubectl('delete configmap odd')
  })
}

const MISTAKES = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: wrong
  labels: { app: wrong }
spec:
  replicas: -1
  selector:
    matchLabels: { app: wrong }
  template:
    metadata:
      labels: { app: other }
    spec:
      restartPolicy: Never
      containers:
        - name: Not_A_Name
          image: busybox:1.37
          ports:
            - containerPort: 99999
          volumeMounts:
            - { name: missing, mountPath: /data }
`

const SAID = [
  'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  'spec.template.metadata.labels: Invalid value: {"app":"other"}: `selector` does not match template `labels`',
  'spec.template.spec.containers[0].name: Invalid value: "Not_A_Name": a lowercase RFC 1123 label',
  'spec.template.spec.containers[0].ports[0].containerPort: Invalid value: 99999: must be between 1 and 65535, inclusive',
  'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "missing"',
  'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
]
