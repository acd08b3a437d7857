// What tells most about a failed start, first.
const TELLING = [
  /^containerd: /, // What it said when it gave up.
  /failed to load plugin.*io\.containerd\.grpc\.v1\.cri/, // It runs on without CRI, and only warns.
  /level=(?:fatal|error)/,
  /./,
]

/** Why containerd failed, from its log: the message of the last line that tells most. */
export function failureIn(log: string): string {
  const lines = log.split('\n')
  const telling = TELLING.map((pattern) => lines.findLast((line) => pattern.test(line)))
  const line = telling.find((found) => found !== undefined) ?? 'it wrote nothing'
  return (field(line, 'error') ?? field(line, 'msg') ?? line).replace(/^containerd: /, '')
}

/** The value of a field in a line such as `level=error msg="it is \"broken\"" id=1`. */
function field(line: string, name: string): string | undefined {
  const quoted = new RegExp(` ${name}="((?:[^"\\\\]|\\\\.)*)"`).exec(line)?.[1]
  return quoted?.replaceAll(/\\(.)/g, '$1')
}
