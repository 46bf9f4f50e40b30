// @ts-check
/** The frame around every view, and which view stands in it. */
import { h } from 'preact';
import { useEffect } from 'preact/hooks';
import { AddView } from '../add/add-view.js';
import { attempt } from '../api/client.js';
import { loadSession, mayWrite } from '../api/session.js';
import { BrowseView } from '../browse/browse-view.js';
import { ClustersView } from '../clusters/clusters-view.js';
import { DuplicatesView } from '../duplicates/duplicates-view.js';
import { MapView } from '../map/map-view.js';
import { Intake } from '../search/intake.js';
import { SearchView } from '../search/search-view.js';
import { galleries, gallery, loadGalleries, loadLabels, problem } from '../state/gallery.js';
import { followJobs } from '../state/jobs.js';
import { sayProblem } from '../state/notice.js';
import { galleryName, hrefTo, replaceWith, route } from '../state/route.js';
import { clearSelection } from '../state/selection.js';
import { Dialogs } from './dialogs.js';
import { Foot } from './foot.js';
import { Head } from './head.js';

import { NoGallery } from './no-gallery.js';
import { NoticeBar } from './notice-bar.js';
import { Problem } from './problem.js';
import { SelectionBar } from './selection-bar.js';
import { listenForShortcuts } from './shortcuts.js';

/** @type {Record<string, { title: string, view: import('preact').ComponentType }>} */
const VIEWS = {
  search: { title: 'Search', view: SearchView },
  browse: { title: 'Browse', view: BrowseView },
  clusters: { title: 'Clusters', view: ClustersView },
  duplicates: { title: 'Duplicates', view: DuplicatesView },
  map: { title: 'Map', view: MapView },
  add: { title: 'Add images', view: AddView },
};

export function App() {
  useEffect(listenForShortcuts, []);
  useEffect(() => {
    loadSession().catch(sayProblem);
    loadGalleries();
    followJobs();
  }, [attempt.value]);
  useEffect(() => {
    clearSelection();
    loadLabels();
  }, [galleryName.value, attempt.value]);
  useFirstGallery();
  const { view } = route.value;
  const title = [VIEWS[view]?.title, gallery.value?.title, 'Sinter'];
  useEffect(() => {
    document.title = title.filter(Boolean).join(' · ');
  });
  return [
    h('a', { class: 'skip', href: '#main' }, 'Skip to the content'),
    h(Head, null),
    h('main', { id: 'main', tabIndex: -1, class: `view-${view}` }, h(View, null)),
    h(Foot, null),
    mayWrite.value && h(SelectionBar, null),
    h(NoticeBar, null),
    h(Intake, null),
    h(Dialogs, null),
  ];
}

function View() {
  if (problem.value && !galleries.value) return h(Problem, { error: problem.value, onRetry: loadGalleries });
  if (!galleries.value) return null;
  if (galleries.value.length === 0) return h(NoGallery, { name: null });
  if (!route.value.gallery) return null;
  if (!gallery.value) return h(NoGallery, { name: galleryName.value });
  const known = VIEWS[route.value.view];
  return known
    ? h(known.view, { key: `${galleryName.value}/${route.value.view}` })
    : h(NoGallery, { name: null });
}

/** The bare address leads to the first gallery. */
function useFirstGallery() {
  const [first] = galleries.value ?? [];
  const isBare = route.value.gallery === null;
  useEffect(() => {
    if (isBare && first) replaceWith(hrefTo(first.name, 'search'));
  }, [isBare, first]);
}
