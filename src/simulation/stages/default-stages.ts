import { compileStage, type CompiledStage } from './compile-stage.ts'
import type { Requirement, Stage, StageDelay, StageSpec } from './stage.ts'

/** What Pods may ask of their simulation, as annotations `simulation.trierarch.io/…`. */
const annotation = (name: string): string =>
  `.metadata.annotations["simulation.trierarch.io/${name}"]`

const is = (key: string, ...values: string[]): Requirement => ({ key, operator: 'In', values })
const isNot = (key: string, ...values: string[]): Requirement => ({
  key,
  operator: 'NotIn',
  values,
})
const exists = (key: string): Requirement => ({ key, operator: 'Exists' })
const isMissing = (key: string): Requirement => ({ key, operator: 'DoesNotExist' })
const condition = (type: string): string =>
  `.status.conditions.[] | select( .type == "${type}" ) | .status`
const waitingReason = '.status.containerStatuses.[].state.waiting.reason'
const restartCount = '.status.containerStatuses.[0].restartCount'
const ALIVE = isMissing('.metadata.deletionTimestamp')
const NOT_STARTED = [ALIVE, is('.status.phase', 'Pending'), isMissing('.status.podIP')]
const RUNNING = [ALIVE, is('.status.phase', 'Running')]

const after = (ms: number, ask: string): StageDelay => ({
  durationMilliseconds: ms,
  durationFrom: { expressionFrom: annotation(ask) },
})

function podStage(
  name: string,
  matchExpressions: readonly Requirement[],
  spec: Omit<StageSpec, 'resourceRef' | 'selector'>,
): Stage {
  const resourceRef = { apiGroup: 'v1', kind: 'Pod' }
  return { metadata: { name }, spec: { resourceRef, selector: { matchExpressions }, ...spec } }
}

const IDENTITY = `
  name: {{ .name | Quote }}
  image: {{ or .image "" | Quote }}
  imageID: {{ printf "simulated://%s" (or .image "") | Quote }}
  containerID: {{ printf "simulated://%s/%s" $uid .name | Quote }}`

const PLACE = `
hostIP: {{ NodeIP | Quote }}
podIP: {{ PodIPWith .spec.nodeName (or .spec.hostNetwork false) | Quote }}`

const conditions = (ready: string, reason = ''): string => `
conditions:
- { type: PodReadyToStartContainers, status: "True", lastTransitionTime: {{ $now | Quote }} }
- { type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }}${reason === 'PodCompleted' ? `, reason: ${reason}` : ''} }
- { type: Ready, status: "${ready}", lastTransitionTime: {{ $now | Quote }}${reason && `, reason: ${reason}`} }
- { type: ContainersReady, status: "${ready}", lastTransitionTime: {{ $now | Quote }}${reason && `, reason: ${reason}`} }
`

const start = (ready: boolean): string => `{{ $now := Now }}{{ $uid := .metadata.uid }}
phase: Running
startTime: {{ or .status.startTime $now | Quote }}
${PLACE}
${conditions(ready ? 'True' : 'False', ready ? '' : 'ContainersNotReady')}
{{ with .spec.initContainers }}
initContainerStatuses:
{{ range . }}
-${IDENTITY}
  ready: true
  restartCount: 0
  lastState: {}
  {{ if eq .restartPolicy "Always" }}
  started: true
  state: { running: { startedAt: {{ $now | Quote }} } }
  {{ else }}
  started: false
  state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }
  {{ end }}
{{ end }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
-${IDENTITY}
  ready: ${ready}
  started: true
  restartCount: 0
  lastState: {}
  state: { running: { startedAt: {{ $now | Quote }} } }
{{ end }}
`

const waiting = (reason: string, message: string): string => `{{ $now := Now }}
startTime: {{ or .status.startTime $now | Quote }}
hostIP: {{ NodeIP | Quote }}
${conditions('False', 'ContainersNotReady')}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ or .image "" | Quote }}
  imageID: ""
  ready: false
  started: false
  restartCount: 0
  lastState: {}
  state: { waiting: { reason: ${reason}, message: ${JSON.stringify(message)} } }
{{ end }}
`

const exitCode = `{{ or (index .metadata.annotations "simulation.trierarch.io/exit-code") 1 }}`

/** What the containers come to that run: \`state\` is that of one that has ended with \`ended\`. */
const ended = (phase: string, end: string, state: string, ready: string): string => `
{{ $now := Now }}{{ $uid := .metadata.uid }}
phase: ${phase}
${conditions('False', ready)}
containerStatuses:
{{ range .status.containerStatuses }}
-${IDENTITY}
  ready: false
  started: false
  ${state.replaceAll(
    'ENDED',
    `{ terminated: { ${end}, startedAt: {{ or .state.running.startedAt $now | Quote }}, finishedAt: {{ $now | Quote }} } }`,
  )}
{{ end }}
`

const FAILURE = `exitCode: {{ $exitCode }}, reason: Error`
const withExitCode = (template: string): string =>
  `{{ $exitCode := ${exitCode.slice(3, -3)} }}${template}`

const RESTARTED = `{{ $now := Now }}{{ $uid := .metadata.uid }}
phase: Running
${conditions('True')}
containerStatuses:
{{ range .status.containerStatuses }}
-${IDENTITY}
  ready: true
  started: true
  restartCount: {{ .restartCount }}
  {{ with .lastState }}
  lastState:
  {{ YAML . 1 }}
  {{ end }}
  state: { running: { startedAt: {{ $now | Quote }} } }
{{ end }}
`

const BACK_OFF_MS = [10_000, 20_000, 40_000, 80_000, 160_000]
const BACK_OFF_MS_MAX = 300_000

/** A container that has ended is started again after a time that doubles, as the kubelet does. */
function restarts(): readonly Stage[] {
  const counts = BACK_OFF_MS.map((_, i) => String(i + 1))
  const restart = (name: string, count: Requirement, ms: number): Stage =>
    podStage(name, [...RUNNING, is(waitingReason, 'CrashLoopBackOff'), count], {
      delay: { durationMilliseconds: ms },
      next: { statusTemplate: RESTARTED },
    })
  return [
    ...counts.map((count, i) =>
      restart(`pod-restart-${count}`, is(restartCount, count), BACK_OFF_MS[i]!),
    ),
    restart('pod-restart', isNot(restartCount, ...counts), BACK_OFF_MS_MAX),
  ]
}

const fails = (how: string): Requirement => is(annotation('fail'), how)
const STAGES: readonly Stage[] = [
  podStage('pod-delete', [exists('.metadata.deletionTimestamp')], { next: { delete: true } }),
  podStage(
    'pod-ready',
    [
      ...NOT_STARTED,
      isMissing(annotation('pull')),
      isNot(annotation('fail'), 'image', 'readiness'),
    ],
    { next: { statusTemplate: start(true) } },
  ),
  podStage('pod-unready', [...NOT_STARTED, isMissing(annotation('pull')), fails('readiness')], {
    next: { statusTemplate: start(false) },
  }),
  podStage(
    'pod-pull',
    [...NOT_STARTED, exists(annotation('pull')), isMissing('.status.containerStatuses')],
    {
      next: {
        statusTemplate: waiting('ContainerCreating', ''),
        event: { type: 'Normal', reason: 'Pulling', message: 'Pulling image' },
      },
    },
  ),
  podStage('pod-pulled', [...NOT_STARTED, is(waitingReason, 'ContainerCreating')], {
    delay: after(10_000, 'pull'),
    next: {
      statusTemplate: start(true),
      event: { type: 'Normal', reason: 'Pulled', message: 'Successfully pulled image' },
    },
  }),
  podStage(
    'pod-pull-failed',
    [
      ...NOT_STARTED,
      fails('image'),
      isMissing(annotation('pull')),
      isNot(waitingReason, 'ErrImagePull', 'ImagePullBackOff'),
    ],
    {
      next: {
        statusTemplate: waiting('ErrImagePull', 'not found'),
        event: { type: 'Warning', reason: 'Failed', message: 'Error: ErrImagePull' },
      },
    },
  ),
  podStage('pod-pull-back-off', [...NOT_STARTED, is(waitingReason, 'ErrImagePull')], {
    delay: { durationMilliseconds: 10_000 },
    next: {
      statusTemplate: waiting('ImagePullBackOff', 'Back-off pulling image'),
      event: { type: 'Normal', reason: 'BackOff', message: 'Back-off pulling image' },
    },
  }),
  // The control plane takes the Pods of a node that it does not hear of for unready; the node knows better.
  podStage(
    'pod-report',
    [
      ...RUNNING,
      isMissing('.spec.readinessGates'),
      isNot(condition('Ready'), 'True'),
      is(condition('ContainersReady'), 'True'),
    ],
    // First of all, whatever else comes next.
    { weight: 1, next: { statusTemplate: `{{ $now := Now }}${conditions('True')}` } },
  ),
  podStage(
    'pod-complete',
    [
      ...RUNNING,
      is('.metadata.ownerReferences.[].kind', 'Job'),
      isNot(annotation('fail'), 'crash'),
    ],
    {
      delay: { ...after(1000, 'run-for'), jitterDurationMilliseconds: 2000 },
      next: {
        statusTemplate: ended(
          'Succeeded',
          'exitCode: 0, reason: Completed',
          'state: ENDED\n  restartCount: {{ .restartCount }}',
          'PodCompleted',
        ),
      },
    },
  ),
  podStage('pod-crash', [...crashing(), isNot('.spec.restartPolicy', 'Never')], {
    delay: after(5000, 'run-for'),
    next: {
      statusTemplate: withExitCode(
        ended(
          'Running',
          FAILURE,
          'lastState: ENDED\n  restartCount: {{ add1 .restartCount }}\n  state: { waiting: { reason: CrashLoopBackOff, message: back-off restarting failed container } }',
          'ContainersNotReady',
        ),
      ),
      event: {
        type: 'Warning',
        reason: 'BackOff',
        message: 'Back-off restarting failed container',
      },
    },
  }),
  podStage('pod-fail', [...crashing(), is('.spec.restartPolicy', 'Never')], {
    delay: after(5000, 'run-for'),
    next: {
      statusTemplate: withExitCode(
        ended('Failed', FAILURE, 'state: ENDED\n  restartCount: {{ .restartCount }}', 'PodFailed'),
      ),
    },
  }),
  ...restarts(),
]

function crashing(): readonly Requirement[] {
  return [...RUNNING, fails('crash'), exists('.status.containerStatuses.[].state.running')]
}

/** What becomes of Pods where nobody says otherwise; a stage of the same name takes the place of one of these. */
export function defaultStages(): readonly CompiledStage[] {
  return (compiled ??= STAGES.map(compileStage))
}

let compiled: readonly CompiledStage[] | undefined
