// What the customer sees.
const express = require('express');
const axios = require('axios');
const jwt = require('jsonwebtoken');
const _ = require('lodash');

const app = express();
app.use(express.urlencoded({ extended: true }));

const page = _.template('<h1>Hello, <%- name %></h1><ul><%= items %></ul>');

app.get('/', async (request, response) => {
  const customer = jwt.verify(request.query.token, process.env.TOKEN_KEY);
  const { data } = await axios.get('http://catalogue.shop.svc/items');
  response.send(page({ name: customer.name, items: data.map((item) => `<li>${_.escape(item.title)}</li>`).join('') }));
});

app.get('/leave', (request, response) => response.redirect(request.query.to));

app.listen(3000);
