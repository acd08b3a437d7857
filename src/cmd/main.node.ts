import { UserError } from './user-error.ts'
import { resolveWholeNames } from './whole-names.node.ts'

resolveWholeNames()

// The processes that the supervisor starts come first: they need no command line parser.
const [role, ...args] = process.argv.slice(2)
try {
  if (role === 'control-plane') await (await import('./control-plane.node.ts')).main()
  else if (role === 'node-agent') await (await import('./node-agent.node.ts')).main()
  else if (role === 'supervise') await (await import('./supervise.node.ts')).superviseDetached()
  else
    await (
      await import('./program.node.ts')
    ).run([role, ...args].filter((each) => each !== undefined))
} catch (error) {
  if (!(error instanceof UserError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exitCode
}
