// @ts-check
/** The camera's picture, live, until one is taken. The camera is let go of as soon as the dialog closes. */
import { h } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Dialog } from '../frame/dialog.js';
import { closeDialog } from '../state/dialog.js';

const WIDTH_PX = 1280;
const JPEG_QUALITY = 0.92;

/** @param {{ onPicture: (picture: Blob, name: string) => void }} props */
export function CameraDialog({ onPicture }) {
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const [refusal, setRefusal] = useState('');
  const [ready, setReady] = useState(false);
  useEffect(() => startCamera(video, setRefusal), []);
  const take = async () => {
    if (!video.current) return;
    const picture = await frameOf(video.current);
    closeDialog();
    if (picture) onPicture(picture, 'Picture from the camera');
  };
  return h(
    Dialog,
    { title: 'Camera', wide: true, onClose: closeDialog },
    refusal
      ? h('p', { role: 'alert' }, refusal)
      : h('video', {
          ref: video,
          class: 'viewfinder',
          autoplay: true,
          playsInline: true,
          muted: true,
          onPlaying: () => setReady(true),
        }),
    h(
      'div',
      { class: 'actions' },
      h('button', { type: 'button', class: 'button', disabled: !ready, onClick: take }, 'Take the picture'),
    ),
  );
}

/**
 * @param {import('preact').RefObject<HTMLVideoElement | null>} video
 * @param {(refusal: string) => void} refuse
 */
function startCamera(video, refuse) {
  let left = false;
  /** @type {MediaStream | undefined} */
  let stream;
  const stop = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
  };
  navigator.mediaDevices
    .getUserMedia({ video: { facingMode: 'environment', width: { ideal: WIDTH_PX } } })
    .then((given) => {
      stream = given;
      if (left) stop();
      else if (video.current) video.current.srcObject = given;
    })
    .catch(() => refuse('The camera cannot be used: there is none, or this page may not use it.'));
  return () => {
    left = true;
    stop();
  };
}

/** @param {HTMLVideoElement} video @returns {Promise<Blob | null>} */
function frameOf(video) {
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', JPEG_QUALITY));
}
