// Pictures that are dragged from a grid or a message to the composer of the same page.

const KIND = "application/x-imagine-picture";

export function draggable(node, { src, file }) {
  node.draggable = true;
  node.addEventListener("dragstart", ({ dataTransfer }) => {
    dataTransfer.setData(KIND, JSON.stringify({ src, file }));
    dataTransfer.effectAllowed = "copy";
  });
  return node;
}

export const isPicture = ({ dataTransfer }) => Boolean(dataTransfer?.types.includes(KIND));

// The picture of a drop, or null. Another page may drag what it likes, so that only an address of ours is taken.
export function droppedPicture({ dataTransfer }) {
  try {
    const picture = JSON.parse(dataTransfer.getData(KIND));
    return new URL(picture.src, location).origin === location.origin ? picture : null;
  } catch {
    return null;
  }
}
