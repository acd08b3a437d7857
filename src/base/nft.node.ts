import { spawn } from 'node:child_process'

/** nftables did not take a script; `message` says what nft said. */
export class NftError extends Error {
  override readonly name = 'NftError'
}

/** Gives a script to nftables as one transaction: all of it holds afterwards, or none. Throws `NftError`. */
export async function applyNft(script: string): Promise<void> {
  const child = spawn('nft', ['-f', '-'], { stdio: ['pipe', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
  child.stdin.on('error', () => undefined) // nft ended early; its exit code tells.
  child.stdin.end(script)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new NftError(`Cannot run nft: ${cause.message}`, { cause })),
    )
    child.once('close', resolve)
  })
  if (code !== 0)
    throw new NftError(
      `Cannot apply nftables rules: ${said.trim().split('\n')[0] ?? `exit code ${code}`}`,
    )
}
