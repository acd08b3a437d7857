/** A Pod of about 4 KB, such as people deploy: two containers with probes, volumes, and a status. */
export function samplePod(): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-7d4b9c6f5-x2x8q',
      generateName: 'web-7d4b9c6f5-',
      namespace: 'shop',
      labels: { app: 'web', 'pod-template-hash': '7d4b9c6f5', tier: 'frontend', version: 'v12' },
      annotations: {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '9090',
        'checksum/config': 'd2c5c0d1a9e64fba8c4f1fbe0f0b2f1e5a7d90b8c6e4a2f09d8c7b6a59483726',
      },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'web-7d4b9c6f5',
          uid: '0b6a1d5e-6c2e-4a51-9f7b-2f3a4b5c6d7e',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      containers: [container('web', 8080), container('metrics', 9090)],
      initContainers: [
        {
          name: 'migrate',
          image: 'registry.example.com/shop/migrate:1.4.2',
          command: ['/bin/migrate', '--up'],
          env: [{ name: 'DSN', valueFrom: { secretKeyRef: { name: 'database', key: 'dsn' } } }],
          volumeMounts: [{ name: 'config', mountPath: '/etc/shop', readOnly: true }],
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'IfNotPresent',
        },
      ],
      volumes: [
        { name: 'config', configMap: { name: 'web-config', defaultMode: 420 } },
        { name: 'cache', emptyDir: { sizeLimit: '256Mi' } },
        { name: 'certificates', secret: { secretName: 'web-tls', defaultMode: 420 } },
      ],
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              podAffinityTerm: {
                labelSelector: { matchLabels: { app: 'web' } },
                topologyKey: 'kubernetes.io/hostname',
              },
            },
          ],
        },
      },
      tolerations: [
        {
          key: 'node.kubernetes.io/not-ready',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
        {
          key: 'node.kubernetes.io/unreachable',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'web',
      serviceAccount: 'web',
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      securityContext: { runAsNonRoot: true, runAsUser: 10_001, fsGroup: 10_001 },
      schedulerName: 'default-scheduler',
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    },
  }
}

function container(name: string, port: number): object {
  const probe = { httpGet: { path: '/healthz', port: 'http', scheme: 'HTTP' } }
  return {
    name,
    image: `registry.example.com/shop/${name}:2.31.0`,
    args: ['--listen', `:${port}`, '--log-level', 'info'],
    ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }],
    env: [
      {
        name: 'POD_NAME',
        valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } },
      },
      { name: 'FEATURES', value: 'search,checkout,recommendations' },
    ],
    resources: {
      requests: { cpu: '250m', memory: '256Mi' },
      limits: { cpu: '1', memory: '512Mi' },
    },
    volumeMounts: [
      { name: 'config', mountPath: '/etc/shop', readOnly: true },
      { name: 'cache', mountPath: '/var/cache/shop' },
    ],
    livenessProbe: { ...probe, ...timing(10) },
    readinessProbe: { ...probe, ...timing(5) },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  }
}

function timing(periodSeconds: number): object {
  return { periodSeconds, timeoutSeconds: 1, successThreshold: 1, failureThreshold: 3 }
}
