import { int32, int64, intOrString, listOf, ref, string } from '../../../schema/field.ts'
import { message } from './group.ts'
import { STOP_SIGNALS } from './stop-signals.ts'

export class ExecAction extends message('Runs a command in the container.', {
  command: listOf(
    'string',
    1,
    'Command and arguments, run without a shell in / of the container. Exit code 0 means success.',
  ).atomic(),
}) {}

export class HTTPHeader extends message('A header of an HTTP probe or hook request.', {
  name: string(1, 'Name of the header, in any case. It is sent in canonical form.').required(),
  value: string(2, 'Value that the header is sent with.').required(),
}) {}

export class HTTPGetAction extends message(
  'Sends an HTTP GET request. Status codes from 200 to 399 mean success.',
  {
    path: string(1, 'Path to request from the server. Defaults to /.').default('/'),
    port: intOrString(2, 'Number or name of the container port to call.').required(),
    host: string(
      3,
      'Host to connect to. Defaults to the IP of the Pod. To set only the header, use httpHeaders.',
    ),
    scheme: string(4, 'HTTP or HTTPS. Defaults to HTTP; certificates are not verified.')
      .oneOf('HTTP', 'HTTPS')
      .default('HTTP'),
    httpHeaders: listOf(
      HTTPHeader,
      5,
      'Extra headers for the request. A header may occur more than once.',
    ).atomic(),
  },
) {}

export class SleepAction extends message('Waits for some time.', {
  seconds: int64(1, 'How many seconds to wait.').required(),
}) {}

export class TCPSocketAction extends message('Opens a TCP connection; success if it is accepted.', {
  port: intOrString(1, 'Number or name of the container port to connect to.').required(),
  host: string(2, 'Host to connect to. Defaults to the IP of the Pod.'),
}) {}

export class LifecycleHandler extends message('One lifecycle action. Set exactly one field.', {
  exec: ref(ExecAction, 1, 'Command to run in the container, without a shell.'),
  httpGet: ref(HTTPGetAction, 2, 'HTTP GET request to send.'),
  tcpSocket: ref(
    TCPSocketAction,
    3,
    'Has no effect and always fails at run time; kept for compatibility.',
  ).deprecated(),
  sleep: ref(SleepAction, 4, 'How long to wait before going on.'),
}) {}

export class Lifecycle extends message('Actions tied to the start and stop of a container.', {
  postStart: ref(
    LifecycleHandler,
    1,
    'Runs right after the container is created. On failure the container is killed and restarted by policy.',
  ),
  preStop: ref(
    LifecycleHandler,
    2,
    'Runs before the container is told to stop; its time counts against the grace period. Not run on a crash.',
  ),
  stopSignal: string(
    3,
    'Signal that stops the container. Unset uses that of the image, else SIGTERM. Needs os.name on the Pod.',
  )
    .oneOf(...STOP_SIGNALS)
    .pointer(),
}) {}

export class GRPCAction extends message('Calls the gRPC health checking service of a container.', {
  port: int32(1, 'Port of the gRPC service, 1 to 65535.').required(),
  service: string(
    2,
    'Service name put into the health check request. Empty asks about the server as a whole.',
  )
    .pointer()
    .default('')
    .told(),
}) {}

export class Probe extends message(
  'A repeated check of a container. Set exactly one kind of check.',
  {
    exec: ref(
      ExecAction,
      1,
      'Command to run in the container. It succeeds with exit code 0.',
    ).within(1),
    httpGet: ref(HTTPGetAction, 2, 'HTTP GET request to send.').within(1),
    tcpSocket: ref(
      TCPSocketAction,
      3,
      'TCP port to open. The probe succeeds when the connection is made.',
    ).within(1),
    grpc: ref(GRPCAction, 4, 'Health check to call by gRPC, on a port of the container.').within(1),
    initialDelaySeconds: int32(
      2,
      'Seconds after container start before the first check. Defaults to 0.',
    ),
    timeoutSeconds: int32(
      3,
      'Seconds after which a check counts as failed. Defaults to 1, the minimum.',
    ).default(1),
    periodSeconds: int32(4, 'Seconds between checks. Defaults to 10, minimum 1.').default(10),
    successThreshold: int32(
      5,
      'Successes in a row needed after a failure. Defaults to 1, and must be 1 for liveness and startup.',
    ).default(1),
    failureThreshold: int32(
      6,
      'Failures in a row until the check counts as failed. Defaults to 3, minimum 1.',
    ).default(3),
    terminationGracePeriodSeconds: int64(
      7,
      'Seconds to stop cleanly after a failed check. Unset uses that of the Pod. Not for readiness.',
    ).pointer(),
  },
) {}

export class ProbeHandler extends message('The check a probe makes. Set exactly one.', {
  exec: ref(ExecAction, 1, 'Command to run in the container. It succeeds with exit code 0.'),
  httpGet: ref(HTTPGetAction, 2, 'HTTP GET request to send.'),
  tcpSocket: ref(
    TCPSocketAction,
    3,
    'TCP port to open. The probe succeeds when the connection is made.',
  ),
  grpc: ref(GRPCAction, 4, 'Health check to call by gRPC, on a port of the container.'),
}) {}
