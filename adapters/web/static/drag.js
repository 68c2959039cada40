// Pictures that are dragged from a grid or a message to the composer of the same page.

const KIND = "application/x-imagine-picture";
const OURS = /^\/(pictures|api\/(admin\/)?library\/original)\//; // paths of pictures

export function draggable(node, { src, file }) {
  node.draggable = true;
  node.addEventListener("dragstart", ({ dataTransfer }) => {
    dataTransfer.setData(KIND, JSON.stringify({ src, file }));
    dataTransfer.effectAllowed = "copy";
  });
  return node;
}

export const isPicture = ({ dataTransfer }) => Boolean(dataTransfer?.types.includes(KIND));

// The picture of a drop, or null. Another page may drag what it likes, so that only a picture of ours is taken.
export function droppedPicture({ dataTransfer }) {
  try {
    const { src, file } = JSON.parse(dataTransfer.getData(KIND));
    const url = new URL(src, location);
    return url.origin === location.origin && OURS.test(url.pathname) ? { src: url.href, file: file && String(file) } : null;
  } catch {
    return null;
  }
}
