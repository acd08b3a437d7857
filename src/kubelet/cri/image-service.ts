import type { Connection } from './connection.ts'
import { IMAGE } from './methods.ts'
import type { ImageService } from './types.ts'

const REQUEST_TIMEOUT_MS = 120_000
const PULL_TIMEOUT_MS = 2 * 3600 * 1000 // Upstream sets none; a pull that hangs for two hours will not end.

/** The images of a container runtime behind a connection. */
export function imageService(connection: Connection): ImageService {
  return {
    async listImages(image, options) {
      const request = image ? { filter: { image } } : {}
      const usual = { ...options, timeoutMs: REQUEST_TIMEOUT_MS }
      return (await connection.unary(IMAGE.listImages, request, usual)).images
    },
    async imageStatus(image, options) {
      const usual = { ...options, timeoutMs: REQUEST_TIMEOUT_MS }
      return (await connection.unary(IMAGE.imageStatus, { image }, usual)).image
    },
    async pullImage(image, auth, sandboxConfig, options) {
      const request = { image, ...(auth && { auth }), ...(sandboxConfig && { sandboxConfig }) }
      const long = { ...options, timeoutMs: PULL_TIMEOUT_MS }
      return (await connection.unary(IMAGE.pullImage, request, long)).imageRef
    },
    async removeImage(image, options) {
      await connection.unary(
        IMAGE.removeImage,
        { image },
        { ...options, timeoutMs: REQUEST_TIMEOUT_MS },
      )
    },
    imageFsInfo: (options) =>
      connection.unary(IMAGE.imageFsInfo, {}, { ...options, timeoutMs: REQUEST_TIMEOUT_MS }),
  }
}
