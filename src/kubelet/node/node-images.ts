import type { NodeStatus } from '../../api/core/v1/node.ts'
import type { ImageService } from '../cri/types.ts'

const NAMES_MAX = 5

/** The largest images of the node, as its status lists them; all where the limit is negative. */
export async function nodeImages(
  images: ImageService,
  imagesMax: number,
): Promise<NonNullable<NodeStatus['images']>> {
  const all = await images.listImages()
  return all
    .toSorted((a, b) => b.size - a.size || (a.id < b.id ? -1 : 1))
    .slice(0, imagesMax < 0 ? all.length : imagesMax)
    .map(({ repoDigests, repoTags, size }) => ({
      names: [...repoDigests, ...repoTags].slice(0, NAMES_MAX),
      sizeBytes: size,
    }))
    .filter(({ names }) => names.length > 0)
}
