DROP TABLE client_secrets;
DROP TABLE api_keys;
