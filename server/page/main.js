// @ts-check
/** The page begins here. */
import { h, render } from 'preact';
import { App } from './frame/app.js';
import { followHistory } from './state/route.js';

followHistory();
render(h(App, null), document.body);
